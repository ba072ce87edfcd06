namespace FineWebTorch.Hub.Tests;

public sealed class HubPathTests
{
    [Theory]
    [InlineData("hf://datasets/HuggingFaceFW/fineweb/data/CC-MAIN-2024-10/*.parquet",
        RepositoryKind.Dataset, "HuggingFaceFW/fineweb", null, "data/CC-MAIN-2024-10/*.parquet")]
    [InlineData("hf://datasets/a/b@refs/pr/3/x.parquet", RepositoryKind.Dataset, "a/b", "refs/pr/3", "x.parquet")]
    [InlineData("hf://datasets/a/b@refs/convert/parquet/default/train/0000.parquet",
        RepositoryKind.Dataset, "a/b", "refs/convert/parquet", "default/train/0000.parquet")]
    [InlineData("hf://datasets/a/b@feature%2Ffoo/x", RepositoryKind.Dataset, "a/b", "feature/foo", "x")]
    [InlineData("hf://datasets/a/b@feature%252Ffoo/x", RepositoryKind.Dataset, "a/b", "feature%2Ffoo", "x")]
    [InlineData("hf://datasets/a/b@feature/foo/x", RepositoryKind.Dataset, "a/b", "feature", "foo/x")]
    [InlineData("hf://datasets/a/b/x@2.txt", RepositoryKind.Dataset, "a/b", null, "x@2.txt")]
    [InlineData("hf://datasets/a/b@main", RepositoryKind.Dataset, "a/b", "main", "")]
    [InlineData("hf://datasets/a/b/dir/", RepositoryKind.Dataset, "a/b", null, "dir")]
    [InlineData("hf://datasets/a/b/100%25/x", RepositoryKind.Dataset, "a/b", null, "100%25/x")]
    [InlineData("hf://datasets/squad/x", RepositoryKind.Dataset, "squad/x", null, "")]
    [InlineData("hf://a/b/config.json", RepositoryKind.Model, "a/b", null, "config.json")]
    [InlineData("hf://models/a/b", RepositoryKind.Model, "a/b", null, "")]
    [InlineData("https://huggingface.co/datasets/a/b/tree/main/data", RepositoryKind.Dataset, "a/b", "main", "data")]
    [InlineData("https://huggingface.co/datasets/a/b/blob/refs%2Fpr%2F1/x%20y.parquet?download=true#L1",
        RepositoryKind.Dataset, "a/b", "refs/pr/1", "x y.parquet")]
    [InlineData("https://huggingface.co/datasets/a/b/resolve/refs/pr/1/x", RepositoryKind.Dataset, "a/b", "refs/pr/1",
        "x")]
    [InlineData("https://huggingface.co/datasets/a/b/viewer/default/train", RepositoryKind.Dataset, "a/b", null, "")]
    [InlineData("https://huggingface.co/a/b/", RepositoryKind.Model, "a/b", null, "")]
    [InlineData("http://127.0.0.1:8080/datasets/a/b", RepositoryKind.Dataset, "a/b", null, "")]
    public void Parse_KnownForm_IsReadAsTheOfficialToolsDo(
        string text, RepositoryKind kind, string id, string? revision, string path) =>
        Assert.Equal(
            new HubPath(new HubRepository(kind, id), revision, path),
            HubPath.Parse(text, new Uri("http://127.0.0.1:8080")));

    [Theory]
    [InlineData("hf://dataset/a/b", "hf://datasets/")]
    [InlineData("hf://datasets/a", "owner/name")]
    [InlineData("hf://datasets/a/b@", "revision")]
    [InlineData("hf://datasets/a@main/b", "owner/name@main")]
    [InlineData("hf://datasets/a/b//x", "empty")]
    [InlineData("hf://datasets/a/b/../../x", "'..'")]
    [InlineData("hf://datasets/a/na--me", "na--me")]
    [InlineData("https://huggingface.co/docs/hub", "no page of a repository")]
    [InlineData("https://example.org/datasets/a/b", "write hf://")]
    public void Parse_Malformed_SaysWhatIsWrong(string text, string said)
    {
        var error = Assert.Throws<HubPathException>(() => HubPath.Parse(text));
        Assert.Contains(said, error.Message, StringComparison.Ordinal);
        Assert.Contains(text, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("hf://datasets/a/b@feature%2Ffoo/x")]
    [InlineData("hf://datasets/a/b@refs/pr/3/x.parquet")]
    [InlineData("hf://a/b")]
    public void ToString_OfAParsedPath_IsReadBack(string text)
    {
        var path = HubPath.Parse(text);
        Assert.Equal(path, HubPath.Parse(path.ToString()));
    }

    [Fact]
    public void ParseRepository_PlainId_IsOfTheGivenKind() =>
        Assert.Equal(
            new HubPath(HubRepository.Dataset("me/out"), "v1", ""),
            HubPath.ParseRepository("me/out@v1", RepositoryKind.Dataset));

    [Theory]
    [InlineData("data/x.parquet", false)]
    [InlineData("hf://datasets/a", true)]
    [InlineData("https://hf.co/a/b", true)]
    [InlineData("https://example.org/a/b", false)]
    public void LooksLikeOne_OfAnyText_TellsHubPlacesFromOthers(string text, bool expected) =>
        Assert.Equal(expected, HubPath.LooksLikeOne(text));
}
