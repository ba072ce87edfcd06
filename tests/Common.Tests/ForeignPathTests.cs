namespace FineWebTorch.Common.Tests;

public sealed class ForeignPathTests
{
    private const string Accent = "data/caf\u00e9.parquet";

    [Theory]
    [InlineData("")]
    [InlineData("..")]
    [InlineData("../x")]
    [InlineData("a/../../x")]
    [InlineData("a/./x")]
    [InlineData("a//x")]
    [InlineData("/etc/passwd")]
    [InlineData("x/")]
    [InlineData("a\u0000.parquet")]
    [InlineData("a\nb")]
    [InlineData("a\u009bb")]
    [InlineData(@"..\..\x")]
    [InlineData(@"C:\x")]
    public void FaultOf_PathThatLeadsElsewhere_IsNamedOnEverySystem(string path)
    {
        Assert.NotNull(ForeignPath.FaultOf(path, windows: false));
        Assert.NotNull(ForeignPath.FaultOf(path, windows: true));
        var error = Assert.Throws<ForeignPathException>(() => ForeignPath.Combine("folder", path));
        Assert.All(error.Message, character => Assert.False(char.IsControl(character)));
    }

    [Theory]
    [InlineData("C:x")]
    [InlineData("x.parquet:stream")]
    [InlineData("con")]
    [InlineData("data/NUL.parquet")]
    [InlineData("data/aux .parquet")]
    [InlineData("com1.tar.gz")]
    [InlineData("LPT\u00b2")]
    [InlineData("CONIN$")]
    [InlineData("data./x")]
    [InlineData("data /x")]
    [InlineData("x.parquet.")]
    [InlineData("what?.parquet")]
    public void FaultOf_NameThatWindowsTakesForAnother_IsNamedThereAlone(string path)
    {
        Assert.NotNull(ForeignPath.FaultOf(path, windows: true));
        Assert.Null(ForeignPath.FaultOf(path, windows: false));
    }

    [Theory]
    [InlineData("x")]
    [InlineData("data/CC-MAIN-2024-10/000_00000.parquet")]
    [InlineData("...")]
    [InlineData("a..b/..c/d..")]
    [InlineData("data/consul.parquet")]
    [InlineData("data/日本語 (1).parquet")]
    [InlineData(Accent)]
    public void FaultOf_OrdinaryPath_IsNull(string path)
    {
        Assert.Null(ForeignPath.FaultOf(path, windows: false));
        Assert.Equal(Path.Combine(["folder", .. path.Split('/')]), ForeignPath.Combine("folder", path));
    }

    [Fact]
    public void FaultOf_LongPaths_AreNamed()
    {
        Assert.Null(ForeignPath.FaultOf(new string('a', ForeignPath.LongestName), windows: true));
        Assert.NotNull(ForeignPath.FaultOf(new string('a', ForeignPath.LongestName + 1), windows: true));
        // File systems count bytes.
        Assert.NotNull(ForeignPath.FaultOf(new string('é', ForeignPath.LongestName), windows: false));
        Assert.NotNull(ForeignPath.FaultOf(string.Join('/', Enumerable.Repeat("abcdefghi", 201)), windows: false));
        Assert.NotNull(ForeignPath.FaultOf("half a pair: \ud83d.parquet", windows: false));
    }

    [Theory]
    [InlineData("a/b")]
    [InlineData("..")]
    public void Name_OfMoreThanAFile_IsRefused(string name) =>
        Assert.Throws<ForeignPathException>(() => ForeignPath.Name(name));

    [Theory]
    [InlineData("data/A.parquet", "data/a.parquet", true)]
    [InlineData("Data/a.parquet", "data/a.parquet", true)]
    [InlineData(Accent, "data/cafe\u0301.parquet", true)]
    [InlineData("data/CAFE\u0301.parquet", Accent, true)]
    [InlineData("data/日本.parquet", "data/中国.parquet", false)]
    [InlineData(Accent, "data/caf\u00e8.parquet", false)]
    [InlineData("data/a.parquet", "data/b.parquet", false)]
    public void FindClash_NamesThatAreOneFileSomewhere_AreFound(string first, string second, bool clash) =>
        Assert.Equal(clash ? (first, second) : null, ForeignPath.FindClash(["other", first, second]));

    [Fact]
    public void CombineToWrite_FolderThatIsALink_IsRefused()
    {
        using var folder = new TemporaryFolder();
        var elsewhere = Directory.CreateDirectory(folder.File("elsewhere")).FullName;
        var output = Directory.CreateDirectory(folder.File("output")).FullName;
        Directory.CreateDirectory(Path.Combine(output, "good"));
        Directory.CreateSymbolicLink(Path.Combine(output, "planted"), elsewhere);

        var error = Assert.Throws<ForeignPathException>(() => ForeignPath.CombineToWrite(output, "planted/x.parquet"));

        Assert.Contains("is a link", error.Message, StringComparison.Ordinal);
        Assert.Equal(Path.Combine(output, "good", "x"), ForeignPath.CombineToWrite(output, "good/x"));
        Assert.Equal(Path.Combine(output, "new", "er", "x"), ForeignPath.CombineToWrite(output, "new/er/x"));
    }
}
