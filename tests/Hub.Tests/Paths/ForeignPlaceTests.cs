namespace FineWebTorch.Hub.Tests;

public sealed class ForeignPlaceTests
{
    [Theory]
    [InlineData("s3://bucket/data/*.parquet", "S3 buckets are not supported; copy it here first with 'aws s3 cp")]
    [InlineData("S3A://bucket", "S3 buckets are")]
    [InlineData("gs://bucket/x", "Google Cloud buckets are")]
    [InlineData("abfss://c@a.dfs.core.windows.net/x", "Azure containers are")]
    [InlineData("az://c/x", "Azure containers are")]
    [InlineData("hdfs://name/x", "HDFS paths are")]
    [InlineData("https://example.com/x.parquet", "web addresses beside the Hub's are")]
    [InlineData("oss://bucket/x", "oss: addresses are not supported; copy it here first with its own tool")]
    [InlineData("file:///data/x.parquet", "file: addresses are not supported; give the path alone")]
    public void Refuse_BucketsAndWebsites_SaysWhatToDo(string place, string says)
    {
        var error = Assert.Throws<FormatException>(() => ForeignPlace.Refuse(place));
        Assert.StartsWith(says, error.Message, StringComparison.Ordinal);
        if (!place.StartsWith("file", StringComparison.Ordinal))
            Assert.Contains(
                "give a folder", Assert.Throws<FormatException>(() => ForeignPlace.Refuse(place, isOutput: true)).Message,
                StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("hf://datasets/a/b")]
    [InlineData("https://huggingface.co/datasets/a/b")]
    [InlineData("https://mirror.example/datasets/a/b")]
    [InlineData("data/x.parquet")]
    [InlineData("C:\\data\\x.parquet")]
    [InlineData("-")]
    [InlineData("owner/name@main")]
    [InlineData("s3:/bucket")]
    public void Refuse_PathsNamesAndTheHub_ArePassed(string place) =>
        Assert.Equal(place, ForeignPlace.Refuse(place, endpoint: () => new Uri("https://mirror.example")));
}
