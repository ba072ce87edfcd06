using System.Text;
using System.Text.Json.Nodes;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Coordinator.Tests.Limits;
using FineWebTorch.Protos.V1;
using Grpc.Core;
using static FineWebTorch.Protos.V1.LeaseEnded.Types;

namespace FineWebTorch.Coordinator.Tests.Sessions;

public sealed class CoordinationServiceTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);
    private static readonly byte[] Shard = Encoding.UTF8.GetBytes("these are the bytes of a shard");
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Run_OneWorker_LeavesShardManifestAndAFinishedLedger()
    {
        await using var host = await RunHost.StartAsync(_folder, 10);
        using var worker = host.Worker("a");
        var welcome = await worker.JoinAsync();
        Assert.Equal(await File.ReadAllTextAsync(welcome.NoncePath), welcome.Nonce);

        var build = await ScoreAllAsync(worker);
        var scores = await worker.ReadScoresAsync(build.Fence);
        await worker.DeliverAsync(worker.Describe(build, Shard, scores), Shard);

        Assert.Equal(Runs.Scores(0, 10), scores);
        Assert.NotNull((await worker.NextAsync()).RunOver);
        await host.Loop.Over.WaitAsync(Patience);
        Assert.Equal(Shard, await File.ReadAllBytesAsync(host.Places.ShardPath(build.ShardName)));
        var manifest = JsonNode.Parse(await File.ReadAllTextAsync(host.Places.ManifestPath(build.ShardName)))!;
        Assert.Equal(
            (10, 9, "column x has lost its type"),
            ((int)manifest["rows"]!, (int)manifest["numeric_classes"]!["class a"]!, (string?)manifest["warnings"]![0]));
        Assert.Equal("""{"null_text":1}""", manifest["unscorable_reasons"]!.ToJsonString());
        Assert.Equal(
            ("a", 10), ((string?)manifest["workers"]![0]!["name"], (int)manifest["workers"]![0]!["rows"]!));
        Assert.All(
            [manifest["first_score"]!, manifest["last_score"]!, manifest["built"]!],
            time => Assert.EndsWith("Z", (string)time!, StringComparison.Ordinal));
        Assert.True(host.Ledger.ReadFile(0).IsDone);
    }

    [Fact]
    public async Task DeliverShard_InPlace_MovesTheStagedFile()
    {
        await using var host = await RunHost.StartAsync(_folder, 0);
        using var worker = host.Worker("a");
        await worker.JoinAsync();
        var build = (await worker.RequestAsync()).BuildLease;
        await File.WriteAllBytesAsync(build.StagingPath, Shard);

        var description = worker.Describe(build, Shard, []);
        description.InPlace = true;
        await worker.DeliverAsync(description, Shard);

        Assert.False(File.Exists(build.StagingPath));
        Assert.Equal(Shard, await File.ReadAllBytesAsync(host.Places.ShardPath(build.ShardName)));
    }

    /// <summary>What a link leads to could become something else once it has been looked at.</summary>
    [Fact]
    public async Task DeliverShard_InPlaceByALink_IsRefused()
    {
        await using var host = await RunHost.StartAsync(_folder, 0);
        using var worker = host.Worker("a");
        await worker.JoinAsync();
        var build = (await worker.RequestAsync()).BuildLease;
        var elsewhere = _folder["elsewhere"];
        await File.WriteAllBytesAsync(elsewhere, Shard);
        File.CreateSymbolicLink(build.StagingPath, elsewhere);
        var description = worker.Describe(build, Shard, []);
        description.InPlace = true;

        var refusal = await Assert.ThrowsAsync<RpcException>(() => worker.DeliverAsync(description, Shard));

        Assert.Contains("the shard is a link", refusal.Status.Detail, StringComparison.Ordinal);
        Assert.False(Path.Exists(host.Places.ShardPath(build.ShardName)));
    }

    [Theory]
    [InlineData("sha256")]
    [InlineData("too long")]
    [InlineData("too short")]
    [InlineData("nothing there")]
    [InlineData("other fence")]
    [InlineData("counts")]
    public async Task DeliverShard_NotAsDescribed_IsRefusedAndCanBeRepeated(string fault)
    {
        await using var host = await RunHost.StartAsync(_folder, 0);
        using var worker = host.Worker("a");
        await worker.JoinAsync();
        var build = (await worker.RequestAsync()).BuildLease;
        var description = worker.Describe(build, Shard, []);
        switch (fault)
        {
            case "sha256": description.Sha256 = new string('0', 64); break;
            case "too long": description.Size--; break;
            case "too short": description.Size++; break;
            case "nothing there": description.InPlace = true; break;
            case "other fence": description.Fence++; break;
            default: description.RowsIn++; break;
        }

        var refusal = await Assert.ThrowsAsync<RpcException>(() => worker.DeliverAsync(description, Shard));

        Assert.Equal(StatusCode.FailedPrecondition, refusal.StatusCode);
        Assert.False(File.Exists(host.Places.ShardPath(build.ShardName)));
        await worker.DeliverAsync(worker.Describe(build, Shard, []), Shard);
        Assert.True(File.Exists(host.Places.ShardPath(build.ShardName)));
        Assert.Equal([host.Places.NoncePath], Directory.GetFiles(host.Places.Staging));
    }

    [Fact]
    public async Task DeliverShard_ReceiptWasLost_IsAnsweredAgain()
    {
        await using var host = await RunHost.StartAsync(_folder, 0);
        using var worker = host.Worker("a");
        await worker.JoinAsync();
        var build = (await worker.RequestAsync()).BuildLease;
        var description = worker.Describe(build, Shard, []);
        await worker.DeliverAsync(description, Shard);

        await worker.DeliverAsync(description, Shard);

        Assert.Equal(Shard, await File.ReadAllBytesAsync(host.Places.ShardPath(build.ShardName)));
        Assert.True(host.Ledger.ReadFile(0).IsDone);
    }

    [Fact]
    public async Task LostWorker_AfterTheTimeout_AnotherGoesOnAndTheOldFenceIsRefused()
    {
        await using var host = await RunHost.StartAsync(_folder, 12);
        var lost = host.Worker("a");
        await lost.JoinAsync();
        var lease = (await lost.RequestAsync()).ScoreLease;
        await lost.ScoreAsync(lease, 0, 1);
        lost.Dispose();
        using var other = host.Worker("b");
        await other.JoinAsync();
        await other.SayAsync(new WorkerMessage { WorkRequest = new WorkRequest() });
        await HonestRun.UntilAsync(() => host.Loop.Sessions == 1);
        await HonestRun.UntilAsync(() => host.Core.State.Workers[FakeWorker.IdOf("b")].OpenRequests == 1);

        host.Time.Advance(RunHost.HeartbeatTimeout / 2);
        await other.SayAsync(new WorkerMessage { Heartbeat = new Heartbeat() });
        await HonestRun.UntilAsync(() => host.Core.State.Workers[FakeWorker.IdOf("b")].LastHeard > TimeSpan.Zero);
        host.Time.Advance(RunHost.HeartbeatTimeout / 2);

        var next = (await other.NextAsync()).ScoreLease;
        Assert.Equal((2U, 3U), (next.FirstWindow, next.EndWindow));
        // The other may have got a second lease before the first was given up; whoever comes back then keeps it.
        await HonestRun.UntilAsync(() => !host.Core.State.Workers.ContainsKey(FakeWorker.IdOf("a")));
        using var back = host.Worker("a");
        Assert.Empty((await back.JoinAsync(lease.Fence)).KeptLeases);
        await back.SayAsync(back.Report(lease, 2, _ => 99f));
        Assert.Equal(1UL, (await back.NextAsync()).ScoresStored.Sequence);
        Assert.Equal(lease.Fence, (await back.NextAsync()).LeaseRevoked.Fence);
        await other.ScoreAsync(next, 2);
        Assert.Equal(Runs.Scores(0, 12), host.Ledger.ReadScores(0).SelectMany(window => window.Scores));
    }

    [Fact]
    public async Task IdleWorker_TakesWindowsFromABusyOne()
    {
        await using var host = await RunHost.StartAsync(_folder, 40);
        using var busy = host.Worker("a");
        await busy.JoinAsync();
        var lease = (await busy.RequestAsync()).ScoreLease;
        using var idle = host.Worker("b");
        await idle.JoinAsync();

        var taken = (await idle.RequestAsync()).ScoreLease;

        var shrunk = (await busy.NextAsync()).LeaseShrunk;
        Assert.Equal((lease.Fence, taken.FirstWindow), (shrunk.Fence, shrunk.EndWindow));
        Assert.Equal(10U, taken.EndWindow);
    }

    [Fact]
    public async Task FailingFile_ThreeWorkers_FailsAndTheRunEnds()
    {
        await using var host = await RunHost.StartAsync(_folder, 8);
        foreach (var name in (string[])["a", "b", "c"])
        {
            using var worker = host.Worker(name);
            await worker.JoinAsync();
            var asking = worker.RequestAsync();
            await HonestRun.UntilAsync(() =>
                asking.IsCompleted || host.Core.State.Workers.GetValueOrDefault(FakeWorker.IdOf(name))?.OpenRequests == 1);
            // Longer than the file rests after a failed attempt, shorter than the heartbeat time-out.
            host.Time.Advance(TimeSpan.FromSeconds(5));
            await worker.EndLeaseAsync((await asking).ScoreLease.Fence, Outcome.Failed, "no memory");
            await worker.SayAsync(new WorkerMessage { Goodbye = new Goodbye() });
            Assert.Equal(StatusCode.OK, await worker.EndAsync());
        }

        await host.Loop.Over.WaitAsync(Patience);
        Assert.StartsWith("failed on 3 workers", host.Core.Files[0].Record.Failure, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Drain_WorkersGiveBackAndLeave_LosesNothing()
    {
        await using var host = await RunHost.StartAsync(_folder, 8);
        using var worker = host.Worker("a");
        await worker.JoinAsync();
        var lease = (await worker.RequestAsync()).ScoreLease;

        await host.Loop.PostAsync(new RunCommand.Drain());
        Assert.NotNull((await worker.NextAsync()).Drain);
        await worker.ScoreAsync(lease, 0);
        await worker.EndLeaseAsync(lease.Fence, Outcome.Returned);
        await worker.SayAsync(new WorkerMessage { Goodbye = new Goodbye() });

        Assert.Equal(StatusCode.OK, await worker.EndAsync());
        await HonestRun.UntilAsync(() => host.Loop.Sessions == 0);
        Assert.Empty(host.Ledger.Load()!.Leases);
        Assert.Single(host.Ledger.Load()!.Windows);
    }

    [Fact]
    public async Task Goodbye_RightAfterScores_IsAnsweredWithTheirAcknowledgementFirst()
    {
        await using var host = await RunHost.StartAsync(_folder, 8);
        for (var round = 0; round < 20; round++)
        {
            using var worker = host.Worker($"w{round}");
            await worker.JoinAsync();
            var lease = (await worker.RequestAsync()).ScoreLease;

            await worker.SayAsync(worker.Report(lease, 0, row => Runs.Score(0, row)));
            await worker.EndLeaseAsync(lease.Fence, Outcome.Returned);
            await worker.LeaveAsync();

            Assert.Equal(1UL, (await worker.NextAsync()).ScoresStored.Sequence);
            Assert.Equal(StatusCode.OK, await worker.EndAsync());
        }
    }

    [Fact]
    public async Task CrashedCoordinator_WorkerReturns_KeepsItsLeaseAndAllAcknowledgedScores()
    {
        ScoreLease lease;
        await using (var host = await RunHost.StartAsync(_folder, 8))
        {
            using var worker = host.Worker("a");
            await worker.JoinAsync();
            lease = (await worker.RequestAsync()).ScoreLease;
            await worker.ScoreAsync(lease, 0);
        }

        await using var next = await RunHost.StartAsync(_folder);
        using var back = next.Worker("a");
        Assert.Equal([lease.Fence], (await back.JoinAsync(lease.Fence)).KeptLeases);
        Assert.NotNull((await back.NextAsync()).LeaseShrunk);
        await back.ScoreAsync(lease, 1);

        Assert.Equal(Runs.Scores(0, 8), next.Ledger.ReadScores(0).SelectMany(window => window.Scores));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task CrashedCoordinator_BetweenPreparingAndFinishingAShard_FinishesOrRepeats(bool wasMoved)
    {
        BuildLease build;
        ShardRecord shard;
        await using (var host = await RunHost.StartAsync(_folder, 0))
        {
            using var worker = host.Worker("a");
            await worker.JoinAsync();
            build = (await worker.RequestAsync()).BuildLease;
            var described = worker.Describe(build, Shard, []);
            shard = new ShardRecord(
                0, build.ShardName, build.Fence, Shard.Length, described.Sha256, 0, 0, 0, [], Done: false);
            await host.Loop.AskAsync<PreparedShard>(answer => new RunCommand.PrepareShard(shard, answer));
            if (wasMoved)
                AtomicFile.Write(host.Places.ShardPath(build.ShardName), Shard);
        }

        await using var next = await RunHost.StartAsync(_folder);

        Assert.Equal(wasMoved, next.Core.IsOver);
        Assert.Equal(wasMoved, File.Exists(next.Places.ManifestPath(build.ShardName)));
        if (wasMoved)
            return;
        using var again = next.Worker("b");
        await again.JoinAsync();
        Assert.NotEqual(build.Fence, (await again.RequestAsync()).BuildLease.Fence);
    }

    [Theory]
    [InlineData("../input/0.parquet")]
    [InlineData("secret.txt")]
    [InlineData("/etc/passwd")]
    [InlineData("./config.json")]
    [InlineData("")]
    public async Task ReadFile_NotOfTheModel_IsNotFound(string name)
    {
        await using var host = await RunHost.StartAsync(_folder, 4);
        using var worker = host.Worker("a");
        await worker.JoinAsync();

        var refusal = await Assert.ThrowsAsync<RpcException>(
            () => worker.ReadFileAsync(new ReadFileRequest { ModelFile = name }));

        Assert.Equal(StatusCode.NotFound, refusal.StatusCode);
    }

    [Fact]
    public async Task ReadFile_InputFromAnOffset_GivesTheRest()
    {
        await using var host = await RunHost.StartAsync(_folder, 4, 4);
        using var worker = host.Worker("a");
        await worker.JoinAsync();
        await worker.RequestAsync();
        var large = new byte[(2 << 20) + 5];
        new Random(1).NextBytes(large);
        await File.WriteAllBytesAsync(host.InputPath(0), large);

        var rest = await worker.ReadFileAsync(new ReadFileRequest { InputIndex = 0, Offset = 7 });

        Assert.True(large.AsSpan(7).SequenceEqual(rest));
        Assert.Equal("{}"u8.ToArray(), await worker.ReadFileAsync(new ReadFileRequest { ModelFile = "config.json" }));
        var beyond = await Assert.ThrowsAsync<RpcException>(
            () => worker.ReadFileAsync(new ReadFileRequest { InputIndex = 9 }));
        Assert.Equal(StatusCode.PermissionDenied, beyond.StatusCode);
    }

    [Fact]
    public async Task ReadScores_WithoutABuildLease_IsRefused()
    {
        await using var host = await RunHost.StartAsync(_folder, 4);
        using var worker = host.Worker("a");
        await worker.JoinAsync();
        var lease = (await worker.RequestAsync()).ScoreLease;

        var refusal = await Assert.ThrowsAsync<RpcException>(() => worker.ReadScoresAsync(lease.Fence));

        Assert.Equal(StatusCode.FailedPrecondition, refusal.StatusCode);
    }

    [Fact]
    public async Task Hello_OfASecondSession_EndsTheFirst()
    {
        await using var host = await RunHost.StartAsync(_folder, 4);
        using var first = host.Worker("a");
        await first.JoinAsync();
        using var second = host.Worker("a");

        await second.JoinAsync();

        Assert.Equal(StatusCode.FailedPrecondition, await first.EndAsync());
        Assert.NotNull((await second.RequestAsync()).ScoreLease);
    }

    private static async Task<BuildLease> ScoreAllAsync(FakeWorker worker)
    {
        var lease = (await worker.RequestAsync()).ScoreLease;
        await worker.SayAsync(new WorkerMessage
        {
            FileOpened = new FileOpened
            {
                Fence = lease.Fence,
                Rows = lease.File.Rows,
                Sha256 = await Sha256.OfFileAsync(lease.File.Path),
            },
        });
        await worker.ScoreAsync(lease, [.. Enumerable.Range(0, (int)lease.EndWindow)]);
        await worker.EndLeaseAsync(lease.Fence, Outcome.Completed);
        return (await worker.RequestAsync()).BuildLease;
    }
}
