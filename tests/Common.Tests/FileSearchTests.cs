namespace FineWebTorch.Common.Tests;

public sealed class FileSearchTests : IDisposable
{
    private static readonly string[] Data =
        ["a.parquet", "b/a.parquet", "b/c/a.parquet", "b/c/d/x.csv", "day=1/_part=2/a.parquet", "e/notes.txt"];

    private static readonly string[] NoData =
        [".hidden.parquet", "_SUCCESS", "_delta_log/0.parquet", "b/_temporary/0/a.parquet", "b/.a.parquet.crc",
            "b/a.parquet.crc", ".cache/a.parquet", "day=1/_metadata"];

    private readonly TemporaryFolder _folder = new();
    private readonly List<string> _warnings = [];

    public FileSearchTests()
    {
        foreach (var name in Data.Concat(NoData))
        {
            var path = _folder.File(name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, name);
        }
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("**")]
    [InlineData("*")]
    [InlineData("*/*")]
    [InlineData("*/*/*")]
    [InlineData("**/*.parquet")]
    [InlineData("**/a.parquet")]
    [InlineData("b/**")]
    [InlineData("b/**/c/**/a.parquet")]
    [InlineData("**/**/x.*")]
    [InlineData("b**.parquet")]
    [InlineData("[a-b]/?.parquet")]
    [InlineData("b/c/a.parquet")]
    [InlineData("nothing/*")]
    public void Find_Pattern_TakesWhatTheGlobMatches(string pattern)
    {
        var glob = new Glob(pattern);

        Assert.Equal(Data.Where(glob.IsMatch).Order(StringComparer.Ordinal), Names(pattern));
        Assert.Empty(_warnings);
    }

    [Theory]
    [InlineData("_delta_log/*.parquet", "_delta_log/0.parquet")]
    [InlineData("b/_*/0/*", "b/_temporary/0/a.parquet")]
    [InlineData(".hidden.parquet", ".hidden.parquet")]
    [InlineData("b/*.crc", "b/a.parquet.crc")]
    public void Find_NameOfWhatIsNoDataTyped_TakesIt(string pattern, string expected) =>
        Assert.Equal([expected], Names(pattern));

    [Fact]
    public void Find_LinksToFoldersAbove_CountsEveryFileOnce()
    {
        Link("b/up", ".");
        Link("0", "b/c");

        Assert.Equal(Data, Names("**"));
    }

    [Fact]
    public void Find_LinkToAFolderElsewhere_IsFollowed()
    {
        using var elsewhere = new TemporaryFolder();
        elsewhere.Write("x.parquet", "content");
        Directory.CreateSymbolicLink(_folder.File("link"), elsewhere.Path);
        Directory.CreateSymbolicLink(_folder.File("again"), elsewhere.Path);

        Assert.Single(Names("**/x.parquet"));
        Assert.Equal(["link/x.parquet"], Names("link/*.parquet"));
    }

    [Fact]
    public void Find_LinkLeadsToAFolderThatThePatternDoesNotReachOtherwise_TakesItsFiles()
    {
        Link("wanted", "b/c");

        Assert.Equal(["wanted/a.parquet"], Names("**/wanted/*.parquet"));
    }

    [Fact]
    public void Find_FolderThatCannotBeRead_IsLeftOutWithAWarningAndOnlyWhereItIsEntered()
    {
        var locked = _folder.File(Path.Combine("b", "c"));
        var search = new FileSearch(_warnings.Add)
        {
            Read = folder => folder == locked
                ? throw new UnauthorizedAccessException("access is denied")
                : new DirectoryInfo(folder).EnumerateFileSystemInfos(),
        };

        Assert.Equal(["a.parquet"], search.Find(_folder.Path, "*.parquet").Files.Select(file => file.Name));
        Assert.Empty(_warnings);
        Assert.Equal(
            ["b/a.parquet"], search.Find(_folder.Path, "b/**/*.parquet").Files.Select(file => file.Name));
        Assert.Equal(
            [$"{locked}: this folder cannot be read and is left out (access is denied)"], _warnings);
    }

    [Fact]
    public void Find_FilesOfAFolderApart_AreCountedApartByWhateverWayTheyAreMet()
    {
        Link("e/link", "b/c/d");
        var search = new FileSearch(_warnings.Add) { Apart = [_folder.File("b")] };

        var found = search.Find(_folder.Path, "**");

        Assert.Equal(
            ["a.parquet", "day=1/_part=2/a.parquet", "e/notes.txt"], found.Files.Select(file => file.Name));
        Assert.Equal(
            ["b/a.parquet", "b/c/a.parquet", "b/c/d/x.csv"], found.Apart.Select(file => file.Name));
        Assert.Equal(3, search.Find(_folder.File("b"), "**").Apart.Count);
        Assert.True(search.IsApart(_folder.File("e/link/x.csv")));
    }

    private void Link(string name, string target) =>
        Directory.CreateSymbolicLink(_folder.File(name), Path.GetFullPath(_folder.File(target)));

    private IEnumerable<string> Names(string pattern) =>
        new FileSearch(_warnings.Add).Find(_folder.Path, pattern).Files.Select(file => file.Name);
}
