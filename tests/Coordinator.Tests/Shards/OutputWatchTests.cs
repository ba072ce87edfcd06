using FineWebTorch.Coordinator.Disk;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Coordinator.Shards;
using FineWebTorch.Coordinator.Tests.Commands;

namespace FineWebTorch.Coordinator.Tests.Shards;

/// <summary>A run stops where its shards cannot be written, whoever notices.</summary>
public sealed class OutputWatchTests : IDisposable
{
    private const long MoreThanAnyDisk = 1L << 60;

    private readonly TemporaryFolder _folder = new();
    private readonly Recorder _heard = new();
    private readonly OutputWatch _watch;

    public OutputWatchTests()
    {
        Directory.CreateDirectory(_folder["output", ".staging"]);
        _watch = new OutputWatch(
            new RunPlaces(_folder["run"], _folder["output"], _folder["output", ".staging"], Nonce: ""), _heard);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Failed_NoRoom_StopsTheRunAndSaysWhichDiskAndHowMuch()
    {
        _watch.Failed(new IOException("No space left on device", FullDisk.Code), 2_000_000_000);

        var reason = await _watch.Broken;
        Assert.StartsWith($"the disk of {_folder["output", ".staging"]} is full (", reason, StringComparison.Ordinal);
        Assert.Contains(" free, about 2 GB needed for the next shard; nothing is lost", reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Failed_OtherwiseAgainAndAgain_StopsTheRun()
    {
        for (var i = 0; i < 2; i++)
            _watch.Failed(new UnauthorizedAccessException("Permission denied"), 1);
        _watch.Placed();
        for (var i = 0; i < 2; i++)
            _watch.Failed(new UnauthorizedAccessException("Permission denied"), 1);
        Assert.False(_watch.Broken.IsCompleted);

        _watch.Failed(new UnauthorizedAccessException("Permission denied"), 1);

        Assert.StartsWith(
            $"shards cannot be put into {_folder["output"]}: Permission denied; no file has failed",
            await _watch.Broken, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Worker_SaysTheDiskIsFull_IsBelievedWhereItIs()
    {
        _watch.Observe(Claim(MoreThanAnyDisk));

        Assert.Contains(" is full (", await _watch.Broken, StringComparison.Ordinal);
        Assert.Single(_heard.Events);
    }

    [Fact]
    public void Worker_SaysTheDiskIsFull_IsNotBelievedWhereThereIsRoom()
    {
        _watch.Look("no room", needed: 1);

        Assert.False(_watch.Broken.IsCompleted);
        Assert.Empty(Directory.GetFiles(_folder["output", ".staging"]));
    }

    private static RunEvent.AttemptFailed Claim(long needed) =>
        new("a.parquet", "a worker", "no room") { OutputLacks = needed };
}
