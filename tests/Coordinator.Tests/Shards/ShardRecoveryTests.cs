using FineWebTorch.Coordinator.Disk;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Scheduling;
using FineWebTorch.Coordinator.Tests.OnHub;

namespace FineWebTorch.Coordinator.Tests.Shards;

/// <summary>
/// A coordinator that died between a shard's arrival and its last word on it: what lies there is believed by its
/// content alone.
/// </summary>
public sealed class ShardRecoveryTests
{
    private const int File = 1;

    [Theory]
    [InlineData("", FileStage.Done)]
    [InlineData("a byte is another", FileStage.Scored)]
    [InlineData("a byte is missing", FileStage.Scored)]
    [InlineData("not there", FileStage.Scored)]
    internal async Task Shard_ArrivedButNotDone_CountsWhereItIsWhatTheLedgerSays(string fault, FileStage stage)
    {
        using var sample = new SampleRun();
        var arguments = sample.Arguments.With("--window-rows", "4");
        await ScoredRun.CompleteAsync(sample, arguments);
        Reopen(sample);
        var path = sample["out", "data", "train-00001-of-00004.parquet"];
        var bytes = await System.IO.File.ReadAllBytesAsync(path);
        var whole = bytes.ToArray();
        bytes[^20] ^= fault.Length == 0 ? (byte)0 : (byte)1;
        await System.IO.File.WriteAllBytesAsync(path, fault == "a byte is missing" ? bytes[..^1] : bytes);
        if (fault == "not there")
            System.IO.File.Delete(path);

        using (var run = await sample.PrepareAsync(arguments))
        {
            Assert.Equal(stage, run.Core.Files.StageOf(File));
            Assert.Equal(stage == FileStage.Done ? 4 : 3, run.Core.Files.CountOf(FileStage.Done));
        }

        // Also where the coordinator dies again before anything is built.
        using var again = await sample.PrepareAsync(arguments);
        Assert.Equal(stage, again.Core.Files.StageOf(File));
        if (stage == FileStage.Done)
            Assert.Equal(whole, await System.IO.File.ReadAllBytesAsync(path));
    }

    [Fact]
    public async Task Shard_DoneAndDamagedSince_IsBuiltAgainHoweverOftenTheRunStartsBeforeThat()
    {
        using var sample = new SampleRun();
        var arguments = sample.Arguments.With("--window-rows", "4");
        await ScoredRun.CompleteAsync(sample, arguments);
        var path = sample["out", "data", "train-00001-of-00004.parquet"];
        var bytes = await System.IO.File.ReadAllBytesAsync(path);
        bytes[^20] ^= 1;
        await System.IO.File.WriteAllBytesAsync(path, bytes);

        for (var start = 0; start < 3; start++)
        {
            using var run = await sample.PrepareAsync(arguments);
            Assert.Equal(FileStage.Scored, run.Core.Files.StageOf(File));
        }

        Assert.Contains("it is built again from the scores", Assert.Single(sample.Warnings), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, "", FileStage.Done)]
    [InlineData(false, "", FileStage.Done)]
    [InlineData(true, "a byte is another", FileStage.Done)]
    [InlineData(false, "a byte is another", FileStage.Scored)]
    [InlineData(true, "not there", FileStage.Done)]
    [InlineData(false, "not there", FileStage.Scored)]
    internal async Task Shard_OnItsWayToTheHub_CountsWhereTheStorageHoldsIt(bool isStored, string here, FileStage stage)
    {
        await using var hub = await HubRun.StartAsync();
        await ScoredRun.CompleteAsync(hub, hub.Publishing);
        var shard = Reopen(hub.Sample);
        var stored = hub.Repository("alice/edu").LfsFile(shard.Sha256);
        var bytes = await System.IO.File.ReadAllBytesAsync(stored);
        if (!isStored)
            System.IO.File.Delete(stored);
        if (here != "not there")
            await System.IO.File.WriteAllBytesAsync(
                Directory.CreateDirectory(hub.Sample["run", "output", "data"]).FullName + "/train-00001-of-00004.parquet",
                [.. bytes[..^20], (byte)(bytes[^20] ^ (here.Length == 0 ? 0 : 1)), .. bytes[^19..]]);

        using var run = await hub.Sample.PrepareAsync(hub.Publishing);

        Assert.Equal(stage, run.Core.Files.StageOf(File));
        Assert.Equal(stage == FileStage.Done, System.IO.File.Exists(stored));
        if (stage == FileStage.Done)
            Assert.Equal(bytes, await System.IO.File.ReadAllBytesAsync(stored));
    }

    /// <summary>As if the coordinator had died before the shard was done.</summary>
    private static ShardRecord Reopen(SampleRun sample)
    {
        using var ledger = SqliteLedger.Open(RunPlaces.LedgerOf(sample["run"]));
        var shard = ledger.ReadFile(File).Shard!;
        ledger.Commit([new LedgerChange.ShardDropped(File), new LedgerChange.ShardPrepared(shard with { Done = false })]);
        return shard;
    }
}
