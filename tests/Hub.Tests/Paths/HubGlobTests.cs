namespace FineWebTorch.Hub.Tests;

public sealed class HubGlobTests
{
    [Theory]
    [InlineData("data/*.parquet", "data/x.parquet", true)]
    [InlineData("data/*.parquet", "data/sub/x.parquet", false)]
    [InlineData("data/*/x.parquet", "data/sub/x.parquet", true)]
    [InlineData("**/*.parquet", "x.parquet", true)]
    [InlineData("**/*.parquet", "a/b/c/x.parquet", true)]
    [InlineData("data/**", "data/a/b", true)]
    [InlineData("data/**/x", "data/x", true)]
    [InlineData("data/**/x", "datax", false)]
    [InlineData("00?_*.parquet", "001_00002.parquet", true)]
    [InlineData("00?_*.parquet", "0011_2.parquet", false)]
    [InlineData("00[0-4].parquet", "003.parquet", true)]
    [InlineData("00[!0-4].parquet", "003.parquet", false)]
    [InlineData("00[!0-4].parquet", "007.parquet", true)]
    [InlineData("a+b(1).*", "a+b(1).parquet", true)]
    [InlineData("a.b/*", "axb/x", false)]
    public void IsMatch_Pattern_IsReadAsFsspecDoes(string pattern, string path, bool expected) =>
        Assert.Equal(expected, new HubGlob(pattern).IsMatch(path));

    [Theory]
    [InlineData("**", ".gitattributes", false)]
    [InlineData("*", "README.md", false)]
    [InlineData("**/*", "__pycache__/x", false)]
    [InlineData("**/*", "data/.hidden/x", false)]
    [InlineData("README.md", "README.md", true)]
    [InlineData(".cache/*", ".cache/x", true)]
    public void IsMatch_HiddenOrHousekeeping_OnlyWhenNamed(string pattern, string path, bool expected) =>
        Assert.Equal(expected, new HubGlob(pattern).IsMatch(path));

    [Theory]
    [InlineData("data/a/*.parquet", "data/a", false)]
    [InlineData("data/*/x.parquet", "data", true)]
    [InlineData("**/x", "", true)]
    [InlineData("*.parquet", "", false)]
    public void Folder_OfAPattern_IsListedNoDeeperThanNeeded(string pattern, string folder, bool deep)
    {
        var glob = new HubGlob(pattern);
        Assert.Equal((folder, deep), (glob.Folder, glob.NeedsDepth));
    }
}
