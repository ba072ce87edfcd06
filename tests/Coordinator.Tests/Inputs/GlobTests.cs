using FineWebTorch.Coordinator.Inputs;

namespace FineWebTorch.Coordinator.Tests.Inputs;

public sealed class GlobTests
{
    [Theory]
    [InlineData("*.parquet", "a.parquet", true)]
    [InlineData("*.parquet", "a/b.parquet", false)]
    [InlineData("*.parquet", "a.PARQUET", false)]
    [InlineData("**/*.parquet", "a.parquet", true)]
    [InlineData("**/*.parquet", "a/b/c.parquet", true)]
    [InlineData("a/**/c", "a/c", true)]
    [InlineData("a/**/c", "ab/c", false)]
    [InlineData("a/**", "a/b/c", true)]
    [InlineData("00?.x", "001.x", true)]
    [InlineData("00?.x", "00/.x", false)]
    [InlineData("[0-3]b", "2b", true)]
    [InlineData("[!0-3]b", "2b", false)]
    [InlineData("[!0-3]b", "/b", false)]
    [InlineData("a.b", "axb", false)]
    [InlineData("[a.b", "[a.b", true)]
    [InlineData("a*", "a\nb", true)]
    public void Matches_Name_AsInAShell(string pattern, string name, bool expected) =>
        Assert.Equal(expected, new Glob(pattern).Matches(name));

    [Theory]
    [InlineData("/data/x/*.parquet", "/data/x", "*.parquet")]
    [InlineData("/data/CC-*/**/y.parquet", "/data", "CC-*/**/y.parquet")]
    [InlineData("/*", "/", "*")]
    public void Split_Path_AtTheFirstPattern(string path, string folder, string pattern) =>
        Assert.Equal((folder, pattern), Glob.Split(path));
}
