namespace FineWebTorch.Common.Tests;

public sealed class FileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("common-files-").FullName;

    private string Target => Path.Combine(_folder, "out");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void AtomicFile_NotCommitted_LeavesWhatWasThere()
    {
        File.WriteAllText(Target, "before");
        using (var file = AtomicFile.Create(Target))
            file.Stream.Write("half"u8);

        Assert.Equal("before", File.ReadAllText(Target));
        Assert.Single(Directory.GetFiles(_folder));
    }

    [Fact]
    public void AtomicFile_Committed_ReplacesWhatWasThere()
    {
        File.WriteAllText(Target, "before");
        using (var file = AtomicFile.Create(Target))
        {
            file.Stream.Write("after"u8);
            Assert.Equal("before", File.ReadAllText(Target));
            file.Commit();
        }

        Assert.Equal("after", File.ReadAllText(Target));
        Assert.Single(Directory.GetFiles(_folder));
    }

    [Fact]
    public void AtomicFile_WhileItIsWritten_HasAHiddenNameInTheSameFolder()
    {
        using var file = AtomicFile.Create(Path.Combine(_folder, new string('x', 255)));

        Assert.Equal(_folder, Path.GetDirectoryName(file.TemporaryPath));
        Assert.StartsWith(".xxx", Path.GetFileName(file.TemporaryPath), StringComparison.Ordinal);
    }

    [Fact]
    public void AtomicFile_OfTwoWritersAtOnce_IsTheLastOnes()
    {
        using var first = AtomicFile.Create(Target);
        using var second = AtomicFile.Create(Target);
        second.Stream.Write("second"u8);
        first.Stream.Write("first"u8);

        second.Commit();
        first.Commit();

        Assert.Equal("first", File.ReadAllText(Target));
    }

    [Fact]
    public void Create_FolderIsMissing_NamesIt() => Assert.Contains(
        "there is no folder",
        Assert.Throws<DirectoryNotFoundException>(() => AtomicFile.Create(Path.Combine(_folder, "no", "out"))).Message,
        StringComparison.Ordinal);

    [Fact]
    public void Create_PathOfAFolder_IsRefused() => Assert.Contains(
        "is a folder",
        Assert.Throws<IOException>(() => AtomicFile.Create(_folder)).Message,
        StringComparison.Ordinal);

    [Fact]
    public void Write_OverAnExistingFile_ReplacesItAndLeavesNothingElse()
    {
        var path = Path.Combine(_folder, "a", "b", "c.json");
        AtomicFile.Write(path, "before, and longer"u8);

        AtomicFile.Write(path, "after"u8);

        Assert.Equal("after", File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFiles(Path.GetDirectoryName(path)!));
    }

    /// <summary>A killed process leaves half a file; not where people look for whole ones.</summary>
    [Fact]
    public void Write_ByWayOfAnotherFolder_HasNoOtherNameBesideItsOwn()
    {
        var scratch = Path.Combine(_folder, "scratch");
        using (var file = AtomicFile.Create(Target, scratch: Directory.CreateDirectory(scratch).FullName))
        {
            Assert.Empty(Directory.GetFiles(_folder));
            Assert.Equal([file.TemporaryPath], Directory.GetFiles(scratch));
        }

        Directory.Delete(scratch);
        AtomicFile.Write(Target, "content"u8, scratch);

        Assert.Equal("content", File.ReadAllText(Target));
        Assert.Empty(Directory.GetFiles(scratch));
    }

    [Fact]
    public void Move_IntoAFolderThatIsMissing_MakesIt()
    {
        File.WriteAllText(Target, "content");
        var destination = Path.Combine(_folder, "new", "name");

        AtomicFile.Move(Target, destination);

        Assert.Equal(("content", false), (File.ReadAllText(destination), File.Exists(Target)));
    }

    [Fact]
    public void DiskRoom_OfAFolderThatDoesNotExist_IsThatOfTheNextAboveIt()
    {
        var room = DiskRoom.Of(Path.Combine(_folder, "not", "made"));

        Assert.Equal(DiskRoom.Of(_folder).Disk, room.Disk);
        Assert.StartsWith(room.Disk, _folder, StringComparison.Ordinal);
        Assert.True(room.Free > 0);
    }

    [Fact]
    public async Task Sha256_OfAFile_IsThatOfItsBytes()
    {
        File.WriteAllText(Target, "abc");
        const string known = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

        Assert.Equal(known, await Sha256.OfFileAsync(Target, TestContext.Current.CancellationToken));
        Assert.Equal(known, Sha256.Of("abc"));
        Assert.Equal(known, Sha256.Of("abc"u8));
        Assert.Equal((true, false, false), (Sha256.IsOne(known), Sha256.IsOne(known.ToUpperInvariant()),
            Sha256.IsOne(known[1..])));
    }
}
