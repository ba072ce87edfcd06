using FineWebTorch.Worker.Output;

namespace FineWebTorch.Worker.Tests.Output;

public sealed class AtomicFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("worker-atomic-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void File_NotCommitted_LeavesWhatWasThere()
    {
        var path = Path.Combine(_folder, "out");
        File.WriteAllText(path, "before");
        using (var file = AtomicFile.Create(path))
            file.Stream.Write("half"u8);

        Assert.Equal("before", File.ReadAllText(path));
        Assert.Single(Directory.GetFiles(_folder));
    }

    [Fact]
    public void File_Committed_ReplacesWhatWasThere()
    {
        var path = Path.Combine(_folder, "out");
        File.WriteAllText(path, "before");
        using (var file = AtomicFile.Create(path))
        {
            file.Stream.Write("after"u8);
            file.Commit();
        }

        Assert.Equal("after", File.ReadAllText(path));
        Assert.Single(Directory.GetFiles(_folder));
    }

    [Fact]
    public void Folder_Missing_IsNamed() => Assert.Contains(
        "there is no folder",
        Assert.Throws<DirectoryNotFoundException>(() => AtomicFile.Create(Path.Combine(_folder, "no", "out"))).Message,
        StringComparison.Ordinal);

    [Fact]
    public void Path_OfAFolder_IsRefused() => Assert.Contains(
        "is a folder",
        Assert.Throws<IOException>(() => AtomicFile.Create(_folder)).Message,
        StringComparison.Ordinal);
}
