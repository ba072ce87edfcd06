using FineWebTorch.Common;
using FineWebTorch.Protos.V1;
using FineWebTorch.Worker.Tests.Fakes;
using static FineWebTorch.Worker.Tests.Session.WorkerAgentTests;
using Kind = FineWebTorch.Protos.V1.WorkerMessage.MessageOneofCase;
using Outcome = FineWebTorch.Protos.V1.LeaseEnded.Types.Outcome;

namespace FineWebTorch.Worker.Tests.Session;

public sealed class ReconnectionTests
{
    private static readonly string[] Texts = PipelineBench.Texts(12);

    [Fact]
    public async Task Lease_Kept_IsReportedAgainFromTheFirstUnacknowledgedReport()
    {
        await using var bench = await SessionBench.StartAsync();
        using var gate = new SemaphoreSlim(1);
        bench.Scorer.Scoring = _ => gate.Wait(TestContext.Current.CancellationToken);
        var session = await Welcomed(bench);
        await session.SendAsync(SessionBench.Lease(7, bench.Input("in", Texts)));
        var first = (await Next(bench, session, Kind.FileOpened), (await Next(bench, session, Kind.Scores)).Scores);
        await session.SendAsync(SessionBench.Stored(first.Scores.Sequence));
        gate.Release();
        var second = (await Next(bench, session, Kind.Scores)).Scores;
        session.Close();
        var (again, hello) = await bench.Drive(bench.Coordinator.GreetedAsync());
        Assert.Equal([7UL], hello.HeldLeases);
        await again.SendAsync(bench.Welcome(kept: 7));
        gate.Release(1000);

        var messages = await Until(bench, again, message => message.LeaseEnded is not null);
        var reports = messages.Where(message => message.Scores is not null).Select(m => m.Scores).ToArray();
        Assert.Equal(second, reports[0]);
        Assert.Equal(Outcome.Completed, messages[^1].LeaseEnded.Outcome);
        var all = ScoresOf([new WorkerMessage { Scores = first.Scores }, .. messages]);
        Assert.Equal(PipelineBench.Expected(Texts), all);
    }

    [Fact]
    public async Task Lease_NotKept_IsDroppedAndOtherWorkAskedFor()
    {
        await using var bench = await SessionBench.StartAsync();
        using var gate = new SemaphoreSlim(1);
        bench.Scorer.Scoring = _ => gate.Wait(TestContext.Current.CancellationToken);
        var session = await Welcomed(bench);
        await session.SendAsync(SessionBench.Lease(7, bench.Input("in", Texts)));
        await Next(bench, session, Kind.FileOpened);
        await Next(bench, session, Kind.Scores);
        session.Close();
        var (again, _) = await bench.Drive(bench.Coordinator.GreetedAsync());
        await again.SendAsync(bench.Welcome());
        gate.Release(1000);

        await bench.Drive(again.ExpectAsync(Kind.WorkRequest));
        await again.SendAsync(SessionBench.Lease(9, bench.Input("in2", Texts, index: 1)));
        var messages = await Until(bench, again, message => message.LeaseEnded is not null);
        Assert.Equal(9UL, messages[^1].LeaseEnded.Fence);
        Assert.DoesNotContain(messages, message => message.Scores?.Fence == 7);
    }

    [Fact]
    public async Task Coordinator_Away_FileIsFinishedAndDeliveredWhenItIsBack()
    {
        await using var bench = await SessionBench.StartAsync();
        using var gate = bench.HoldBatch(1);
        var session = await Welcomed(bench);
        await session.SendAsync(SessionBench.Lease(7, bench.Input("in", Texts)));
        await session.ExpectAsync(Kind.FileOpened);
        var address = bench.Coordinator.Address;
        await bench.Coordinator.DisposeAsync();
        gate.Open();
        var scored = Task.Run(() => SpinWait.SpinUntil(() => bench.Scorer.Batches >= 4, TimeSpan.FromMinutes(1)));
        Assert.True(await bench.Drive(scored));

        bench.Coordinator = await FakeCoordinator.StartAsync(address);
        var (again, hello) = await bench.Drive(bench.Coordinator.GreetedAsync(), mostSeconds: 60);
        Assert.Equal([7UL], hello.HeldLeases);
        await again.SendAsync(bench.Welcome(kept: 7));

        var (scores, ended) = await ScoresUntilEnd(bench, again);
        Assert.Equal(PipelineBench.Expected(Texts), scores);
        Assert.Equal(Outcome.Completed, ended.Outcome);
    }

    [Fact]
    public async Task LeaseEnd_ThatMayHaveBeenLost_IsSaidAgain()
    {
        await using var bench = await SessionBench.StartAsync();
        var session = await Welcomed(bench);
        await session.SendAsync(SessionBench.Lease(7, bench.Input("in", Texts)));
        await Until(bench, session, message => message.LeaseEnded is not null);
        session.Close();

        var (again, hello) = await bench.Drive(bench.Coordinator.GreetedAsync());
        Assert.Equal([7UL], hello.HeldLeases);
        await again.SendAsync(bench.Welcome(kept: 7));
        var (scores, ended) = await ScoresUntilEnd(bench, again);
        Assert.Equal(PipelineBench.Expected(Texts), scores);
        Assert.Equal(7UL, ended.Fence);
    }

    [Fact]
    public async Task Coordinator_NeverThere_IsGivenUpWithOneLine()
    {
        await using var coordinator = await FakeCoordinator.StartAsync();
        var address = coordinator.Address;
        await coordinator.DisposeAsync();
        await using var bench = SessionBench.Start(coordinator, address, giveUpAfter: TimeSpan.FromSeconds(12));

        var error = await Assert.ThrowsAsync<UserErrorException>(() => bench.ExitCode(mostSeconds: 15));

        // What lies below gRPC's "Error connecting to subchannel." says what is wrong.
        Assert.Contains("no coordinator for 12 s (Connection refused", error.Message, StringComparison.Ordinal);
        Assert.Equal(ExitCode.NoCoordinator, error.ExitCode);
        Assert.InRange(bench.Time.GetTimestamp(), TimeSpan.FromSeconds(12).Ticks, TimeSpan.FromSeconds(15).Ticks);
    }

    /// <summary>A leader that was stopped, or that leads no more, still accepts connections.</summary>
    [Fact]
    public async Task Connection_BrokenWhereThereAreSeveralCoordinators_TheNextIsAskedFirst()
    {
        await using var standby = await FakeCoordinator.StartAsync();
        var leader = await FakeCoordinator.StartAsync();
        await using var bench = SessionBench.Start(leader, leader.Address, more: standby.Address);
        var session = await Welcomed(bench);

        session.Disconnect();

        var (again, _) = await bench.Drive(standby.GreetedAsync());
        await again.SendAsync(bench.Welcome());
        await bench.Drive(again.ExpectAsync(Kind.WorkRequest));
    }

    [Fact]
    public async Task Run_Other_ItsModelIsLoaded()
    {
        await using var bench = await SessionBench.StartAsync();
        var session = await Welcomed(bench);
        session.Close();
        var (again, _) = await bench.Drive(bench.Coordinator.GreetedAsync());
        var run = bench.Run(runId: "run-2");
        run.Dtype = Dtype.Bf16;
        await again.SendAsync(bench.Welcome(run: run));

        await bench.Drive(again.ExpectAsync(Kind.WorkRequest));
        Assert.Equal(2, bench.Loaded.Count);
    }

    [Fact]
    public async Task Run_OtherWhileTheFirstModelLoads_IsScoredWithItsOwnModel()
    {
        await using var bench = await SessionBench.StartAsync(stay: true);
        using var loading = new Gate();
        bench.Loading = _ => loading.Pass();
        var (session, _) = await bench.Coordinator.GreetedAsync();
        await session.SendAsync(bench.Welcome());
        loading.WaitUntilReached();
        session.Close();

        // At the same address there is another coordinator by now, with a run that has another model.
        var (again, _) = await bench.Drive(bench.Coordinator.GreetedAsync());
        await again.SendAsync(bench.Welcome(run: bench.Run(runId: "run-2", name: "other model")));
        await bench.Drive(again.HeartbeatAsync(), mostSeconds: 20);
        loading.Open();

        await bench.Drive(again.ExpectAsync(Kind.WorkRequest));
        Assert.Equal([bench.In("model"), bench.In("other model")], bench.Loaded);
    }

    [Fact]
    public async Task Run_Other_NothingOfTheLeasesOfTheFirstIsSaidEvenWhereTheFencesAreTheSame()
    {
        await using var bench = await SessionBench.StartAsync(stay: true);
        using var gate = bench.HoldBatch(1);
        var session = await Welcomed(bench);
        await session.SendAsync(SessionBench.Lease(7, bench.Input("in", Texts)));
        await session.ExpectAsync(Kind.FileOpened);
        session.Close();
        var (again, _) = await bench.Drive(bench.Coordinator.GreetedAsync());
        await again.SendAsync(bench.Welcome(run: bench.Run(runId: "run-2"), kept: 7));
        gate.Open();
        await bench.Drive(again.ExpectAsync(Kind.WorkRequest));
        await again.SendAsync(SessionBench.Lease(8, bench.Input("in2", Texts, index: 1)));

        var messages = await Until(bench, again, message => message.LeaseEnded is not null);

        Assert.Equal((8UL, "digest of run-2"), (messages[^1].LeaseEnded.Fence, messages[^1].LeaseEnded.RunDigest));
        Assert.All(
            messages.Where(message => message.Scores is not null),
            message => Assert.Equal((8UL, "digest of run-2"), (message.Scores.Fence, message.Scores.RunDigest)));
    }

    [Fact]
    public async Task Run_SameAgain_ModelIsLoadedOnce()
    {
        await using var bench = await SessionBench.StartAsync();
        var session = await Welcomed(bench);
        session.Close();
        var (again, _) = await bench.Drive(bench.Coordinator.GreetedAsync());
        await again.SendAsync(bench.Welcome());

        await bench.Drive(again.ExpectAsync(Kind.WorkRequest));
        Assert.Single(bench.Loaded);
    }
}
