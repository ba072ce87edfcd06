using FineWebTorch.Coordinator.Console;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Coordinator.Tests.Commands;
using FineWebTorch.Coordinator.Tests.Sessions;

namespace FineWebTorch.Coordinator.Tests.Console;

public sealed class ProgressFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Read_WhileASessionGoesOn_NamesItsWorkers()
    {
        await using var host = await RunHost.StartAsync(_folder, 8);
        using var worker = host.Worker("node-1");
        await worker.JoinAsync();
        var history = new EventHistory(new Recorder(), host.Time);
        history.Observe(new RunEvent.FileFailed("a.parquet", "damaged"));
        await using var watch = new RunWatch(ending => host.Loop.SnapshotAsync(ending), new RateMeter(), host.Time);
        await using (new ProgressFile(watch, host.Places.RunFolder, history))
        {
            RunProgress? progress;
            while ((progress = ProgressFile.Read(host.Places.RunFolder)) is null)
                await Task.Yield();
            Assert.Equal(("node-1", true), (progress.Snapshot.Workers[0].Name, progress.Snapshot.Workers[0].Connected));
            Assert.Equal(8, progress.Snapshot.Rows);
            var told = Assert.Single(progress.Events);
            Assert.Equal(("a.parquet has failed: damaged", EventWeight.Failure), (told.Text, told.Weight));
        }

        Assert.Null(ProgressFile.Read(host.Places.RunFolder));
    }
}
