namespace FineWebTorch.EndToEnd.Tests;

/// <summary>A worker on a machine that shares no folder with the coordinator.</summary>
public sealed class RemoteWorkerTests : IDisposable
{
    private readonly RunFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Worker_SeesNeitherInputModelNorOutput_GetsAndSendsAllThroughTheCoordinator()
    {
        await using (var coordinator = ProgramProcess.Start("coordinator", _folder.Arguments("beside")))
        {
            await using var beside = ProgramProcess.Start("worker", await coordinator.WorkerArgumentsAsync());
            Assert.Equal(0, await coordinator.ExitAsync());
        }

        await using var head = ProgramProcess.Start("coordinator", _folder.Arguments("remote"));
        var cache = Directory.CreateDirectory(Path.Combine(_folder.Root, "cache")).FullName;
        string[] arguments = [.. await head.WorkerArgumentsAsync(), "--cache", cache];
        await using var remote = ProgramProcess.StartThrough(
            _folder.Elsewhere("remote"), new Dictionary<string, string?>(), "worker", arguments);
        Assert.Equal(0, await head.ExitAsync());
        Assert.Equal(0, await remote.ExitAsync());

        Assert.Equal(_folder.Shards("beside"), _folder.Shards("remote"));
        Assert.DoesNotContain(
            Directory.GetFiles(cache, "*.parquet*", SearchOption.AllDirectories), file => new FileInfo(file).Length > 0);
    }
}
