namespace FineWebTorch.Hub.Tests;

public sealed class FilePatternTests
{
    [Theory]
    [InlineData("**", ".gitattributes", false)]
    [InlineData("*", "README.md", false)]
    [InlineData("**/*", "__pycache__/x", false)]
    [InlineData("**/*", "data/.hidden/x", false)]
    [InlineData("**/*", "data/x", true)]
    [InlineData("README.md", "README.md", true)]
    [InlineData(".cache/*", ".cache/x", true)]
    public void IsMatch_HiddenOrHousekeeping_OnlyWhenNamed(string pattern, string path, bool expected) =>
        Assert.Equal(expected, new FilePattern(pattern).IsMatch(path));
}
