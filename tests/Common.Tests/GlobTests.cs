namespace FineWebTorch.Common.Tests;

public sealed class GlobTests
{
    [Theory]
    [InlineData("data/*.parquet", "data/x.parquet", true)]
    [InlineData("data/*.parquet", "data/sub/x.parquet", false)]
    [InlineData("data/*/x.parquet", "data/sub/x.parquet", true)]
    [InlineData("*.parquet", "a.PARQUET", false)]
    [InlineData("**/*.parquet", "x.parquet", true)]
    [InlineData("**/*.parquet", "a/b/c/x.parquet", true)]
    [InlineData("data/**", "data/a/b", true)]
    [InlineData("data/**", "data", false)]
    [InlineData("data/**/x", "data/x", true)]
    [InlineData("data/**/x", "datax", false)]
    [InlineData("data/**.parquet", "data/a/b.parquet", true)]
    [InlineData("00?_*.parquet", "001_00002.parquet", true)]
    [InlineData("00?_*.parquet", "0011_2.parquet", false)]
    [InlineData("00?.x", "00/.x", false)]
    [InlineData("00[0-4].parquet", "003.parquet", true)]
    [InlineData("00[0-47].parquet", "007.parquet", true)]
    [InlineData("00[!0-4].parquet", "003.parquet", false)]
    [InlineData("00[!0-4].parquet", "007.parquet", true)]
    [InlineData("00[^0-4].parquet", "007.parquet", true)]
    [InlineData("[!0-3]b", "/b", false)]
    [InlineData("[]a]", "]", true)]
    [InlineData("[a.b", "[a.b", true)]
    [InlineData(@"[\]", @"\", true)]
    [InlineData("a+b(1).*", "a+b(1).parquet", true)]
    [InlineData("a.b/*", "axb/x", false)]
    [InlineData("a*", "a\nb", true)]
    public void IsMatch_Pattern_IsReadAsShellsDo(string pattern, string path, bool expected) =>
        Assert.Equal(expected, new Glob(pattern).IsMatch(path));

    [Theory]
    [InlineData("data/a/*.parquet", "data/a", false)]
    [InlineData("data/*/x.parquet", "data", true)]
    [InlineData("**/x", "", true)]
    [InlineData("*.parquet", "", false)]
    [InlineData("/*.parquet", "", false)]
    [InlineData("/data/CC-*/**/y.parquet", "/data", true)]
    public void Folder_OfAPattern_IsListedNoDeeperThanNeeded(string pattern, string folder, bool deep)
    {
        var glob = new Glob(pattern);
        Assert.Equal((folder, deep), (glob.Folder, glob.NeedsDepth));
    }

    [Fact]
    public void Constructor_RangeThatRunsBackwards_NamesThePattern() => Assert.Contains(
        "x[z-a]", Assert.Throws<FormatException>(() => new Glob("x[z-a]")).Message, StringComparison.Ordinal);
}
