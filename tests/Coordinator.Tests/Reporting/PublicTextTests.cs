using FineWebTorch.Coordinator.Reports;

namespace FineWebTorch.Coordinator.Tests.Reporting;

public sealed class PublicTextTests
{
    [Theory]
    [InlineData("/home/alice/in/a.parquet: damaged", "…/a.parquet: damaged")]
    [InlineData("/data: permission denied", "…/data: permission denied")]
    [InlineData("Could not find '/home/al ice/b c/x.parquet'.", "Could not find '…/x.parquet'.")]
    [InlineData(@"C:\Users\Alice\x.parquet is gone", "…/x.parquet is gone")]
    [InlineData(@"\\server\share\x.parquet is gone", "…/x.parquet is gone")]
    [InlineData("~/models/tiny is gone", "…/tiny is gone")]
    [InlineData("hf://datasets/a/b@main/data/x.parquet", "hf://datasets/a/b@main/data/x.parquet")]
    [InlineData("https://huggingface.co/datasets/a/b answered 404", "https://huggingface.co/datasets/a/b answered 404")]
    [InlineData("data/2024/x.parquet at 3 rows/s", "data/2024/x.parquet at 3 rows/s")]
    [InlineData("https://s3.example/x?X-Amz-Signature=abcdef0123", "https://s3.example/x?…")]
    [InlineData("right\u202eleft\u001b[31m", "right?left?[31m")]
    public void Text_OfAReason_HasNoFolderAndNoSecret(string text, string expected) =>
        Assert.Equal(expected, PublicText.Of(text));

    [Theory]
    [InlineData("/home/alice/in", "in")]
    [InlineData("/home/alice/in/**/*.parquet", "in/**/*.parquet")]
    [InlineData("/*.parquet", "*.parquet")]
    [InlineData("/", "")]
    [InlineData("hf://datasets/a/b@main/data/*.parquet", "hf://datasets/a/b@main/data/*.parquet")]
    [InlineData("owner/name@v2", "owner/name@v2")]
    public void Place_OnThisMachine_IsItsLastPart(string place, string expected) =>
        Assert.Equal(expected, PublicText.OfPlace(place));
}
