using FineWebTorch.Common;
using FineWebTorch.Model;
using FineWebTorch.Protos.V1;
using FineWebTorch.Worker.Tests.Fakes;
using static FineWebTorch.Worker.Tests.Session.WorkerAgentTests;
using Fault = FineWebTorch.Protos.V1.LeaseEnded.Types.Fault;
using Kind = FineWebTorch.Protos.V1.WorkerMessage.MessageOneofCase;
using Outcome = FineWebTorch.Protos.V1.LeaseEnded.Types.Outcome;

namespace FineWebTorch.Worker.Tests.Session;

public sealed class EndingTests
{
    private static readonly string[] Texts = PipelineBench.Texts(100);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Stop_MidFile_SendsTheBatchInFlightReturnsTheLeaseAndSaysGoodbye(bool bySignal)
    {
        await using var bench = await SessionBench.StartAsync(wait: false);
        using var gate = bench.HoldBatch(3);
        var session = await Welcomed(bench);
        await session.SendAsync(SessionBench.Lease(7, bench.Input("in", Texts)));
        gate.WaitUntilReached();
        if (bySignal)
            bench.Stop();
        else
            await session.SendAsync(new CoordinatorMessage { Drain = new Drain() });
        // A lease that crosses the drain on its way comes back at once and shows that the drain has been seen.
        await session.SendAsync(SessionBench.Lease(8, bench.Input("in2", Texts, index: 1)));
        var before = await Until(bench, session, message => message.LeaseEnded is not null);
        gate.Open();

        var messages = await Until(bench, session, message => message.Goodbye is not null);
        var ends = before.Concat(messages).Where(message => message.LeaseEnded is not null).ToArray();
        Assert.All(ends, end => Assert.Equal(Outcome.Returned, end.LeaseEnded.Outcome));
        Assert.Contains(ends, end => end.LeaseEnded.Fence == 7);
        Assert.Equal(3, before.Concat(messages).Sum(message => message.Scores?.Batches.Count ?? 0));
        await bench.Drive(WhenDone(session));
        session.Close();
        Assert.Equal(
            bySignal ? ExitCode.Success : ExitCode.NoCoordinator, await bench.ExitCode(mostSeconds: 12));
    }

    [Fact]
    public async Task Drain_IsFollowedByTheCoordinatorThatComesBack()
    {
        await using var bench = await SessionBench.StartAsync();
        await DrainAsync(bench);
        Assert.Contains(Logged.Lines, line => line.Contains(
            "the run was interrupted at the coordinator; waiting up to 30 min for it", StringComparison.Ordinal));

        var (next, hello) = await bench.Drive(bench.Coordinator.GreetedAsync(), mostSeconds: 8);
        Assert.Empty(hello.HeldLeases);
        await next.SendAsync(bench.Welcome());
        await next.ExpectAsync(Kind.WorkRequest);
        bench.Stop();
        await bench.Drive(next.ExpectAsync(Kind.Goodbye));
        next.Close();
        Assert.Equal(ExitCode.Success, await bench.ExitCode());
    }

    [Fact]
    public async Task Drain_AndNobodyComesBack_EndsWith4AndSaysSo()
    {
        await using var bench = await SessionBench.StartAsync(giveUpAfter: TimeSpan.FromSeconds(12));
        await DrainAsync(bench);
        await bench.Coordinator.DisposeAsync();

        var error = await Assert.ThrowsAsync<UserErrorException>(() => bench.ExitCode(mostSeconds: 20));

        Assert.Equal(ExitCode.NoCoordinator, error.ExitCode);
        Assert.Contains(
            "the run was interrupted, and no coordinator has come back for 12 s", error.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stop_WhileARunIsInterrupted_EndsWith4()
    {
        await using var bench = await SessionBench.StartAsync();
        await DrainAsync(bench);
        bench.Stop();

        Assert.Equal(ExitCode.NoCoordinator, await bench.ExitCode());
    }

    [Fact]
    public async Task Coordinator_NotThere_EndsAtOnceWhereNobodyIsToWait()
    {
        await using var coordinator = await FakeCoordinator.StartAsync();
        await coordinator.DisposeAsync();
        await using var bench = SessionBench.Start(coordinator, coordinator.Address, wait: false);

        var error = await Assert.ThrowsAsync<UserErrorException>(() => bench.ExitCode());

        Assert.Equal(ExitCode.NoCoordinator, error.ExitCode);
        Assert.Contains("no coordinator (Connection refused", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Connection_Broken_IsMadeAgainAlsoWhereNobodyIsToWait()
    {
        await using var bench = await SessionBench.StartAsync(wait: false);
        (await Welcomed(bench)).Close();

        var (again, _) = await bench.Drive(bench.Coordinator.GreetedAsync());
        await again.SendAsync(bench.Welcome());
        await again.ExpectAsync(Kind.WorkRequest);
    }

    [Fact]
    public async Task Staying_WithoutANextRun_EndsWithSuccess()
    {
        await using var bench = await SessionBench.StartAsync(stay: true, giveUpAfter: TimeSpan.FromSeconds(12));
        var session = await Welcomed(bench);
        await session.SendAsync(new CoordinatorMessage { RunOver = new RunOver() });
        await bench.Drive(session.ExpectAsync(Kind.Goodbye));
        session.Close();
        await bench.Coordinator.DisposeAsync();

        Assert.Equal(ExitCode.Success, await bench.ExitCode(mostSeconds: 20));
        Assert.Contains(Logged.Lines, line => line.Contains("no next run for 12 s", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Device_Failing_EndsTheWorkerAfterItsLeasesHaveGoneBack()
    {
        await using var bench = await SessionBench.StartAsync(stay: true);
        using var gate = new Gate();
        bench.Scorer.Scoring = _ =>
        {
            gate.Pass();
            throw new DeviceFailedException("CUDA error: an illegal memory access was encountered");
        };
        var session = await Welcomed(bench);
        await session.SendAsync(SessionBench.Lease(7, bench.Input("in", Texts)));
        await session.SendAsync(SessionBench.Lease(8, bench.Input("in2", Texts, index: 1)));
        var before = await Until(bench, session, message => message.FileOpened?.Fence == 8);
        gate.Open();

        var messages = await Until(bench, session, message => message.Goodbye is not null);
        var ends = before.Concat(messages).Where(message => message.LeaseEnded is not null)
            .Select(message => message.LeaseEnded).ToArray();
        Assert.Equal([7UL, 8UL], ends.Select(end => end.Fence).Order());
        // The other one's batches have failed with it, or had not been begun.
        Assert.Contains(ends, end => (end.Outcome, end.Fault) == (Outcome.Failed, Fault.Device));
        Assert.All(ends, end => Assert.True(end.Outcome == Outcome.Returned || end.Fault == Fault.Device));
        await bench.Drive(WhenDone(session));
        session.Close();
        Assert.Equal(ExitCode.Failure, await bench.ExitCode());
        Assert.True(bench.MustEndAtOnce);
        Assert.Contains(Logged.Lines, line => line.Contains(
            "A processor: CUDA error: an illegal memory access was encountered; this worker gives its leases back",
            StringComparison.Ordinal));
    }

    [Fact]
    public async Task Stop_WithoutCoordinator_EndsAtOnce()
    {
        await using var coordinator = await FakeCoordinator.StartAsync();
        await coordinator.DisposeAsync();
        await using var bench = SessionBench.Start(coordinator, coordinator.Address);

        bench.Stop();

        Assert.Equal(ExitCode.Success, await bench.ExitCode());
    }

    [Fact]
    public async Task Stop_WhileTheDeviceHangs_EndsAfterTheDrainTimeout()
    {
        await using var bench = await SessionBench.StartAsync();
        using var gate = bench.HoldBatch(1);
        var session = await Welcomed(bench);
        await session.SendAsync(SessionBench.Lease(7, bench.Input("in", Texts)));
        gate.WaitUntilReached();
        var begun = bench.Time.GetTimestamp();
        bench.Stop();

        Assert.Equal(ExitCode.Success, await bench.ExitCode(mostSeconds: 12));
        var taken = new TimeSpan(bench.Time.GetTimestamp() - begun);
        // Time runs on while the worker's threads are busy elsewhere.
        Assert.InRange(taken, TimeSpan.FromSeconds(9), TimeSpan.FromSeconds(20));
        Assert.True(bench.MustEndAtOnce);
        gate.Open();
    }

    [Fact]
    public async Task RunOver_EndsTheWorker()
    {
        await using var bench = await SessionBench.StartAsync();
        var session = await Welcomed(bench);
        await session.SendAsync(new CoordinatorMessage { RunOver = new RunOver() });

        await bench.Drive(session.ExpectAsync(Kind.Goodbye));
        await bench.Drive(WhenDone(session));
        session.Close();
        Assert.Equal(ExitCode.Success, await bench.ExitCode());
        Assert.False(bench.MustEndAtOnce);
    }

    [Fact]
    public async Task RunOver_WithStay_IsFollowedByTheNextRun()
    {
        await using var bench = await SessionBench.StartAsync(stay: true);
        var session = await Welcomed(bench);
        await session.SendAsync(new CoordinatorMessage { RunOver = new RunOver() });
        await bench.Drive(session.ExpectAsync(Kind.Goodbye));
        session.Close();

        var (next, hello) = await bench.Drive(bench.Coordinator.GreetedAsync(), mostSeconds: 8);
        Assert.Empty(hello.HeldLeases);
        await next.SendAsync(bench.Welcome(run: bench.Run(runId: "run-2")));
        await next.ExpectAsync(Kind.WorkRequest);
        await next.SendAsync(SessionBench.Lease(1, bench.Input("in", PipelineBench.Texts(9))));
        Assert.Equal(9, (await ScoresUntilEnd(bench, next)).Scores.Count);
    }

    [Fact]
    public async Task Stop_WhileStaying_EndsTheWorker()
    {
        await using var bench = await SessionBench.StartAsync(stay: true);
        var session = await Welcomed(bench);
        await session.SendAsync(new CoordinatorMessage { RunOver = new RunOver() });
        await bench.Drive(session.ExpectAsync(Kind.Goodbye));
        session.Close();
        bench.Stop();

        Assert.Equal(ExitCode.Success, await bench.ExitCode());
    }

    /// <summary>As a coordinator that gets Ctrl-C.</summary>
    private static async Task DrainAsync(SessionBench bench)
    {
        var session = await Welcomed(bench);
        await session.SendAsync(new CoordinatorMessage { Drain = new Drain() });
        await bench.Drive(session.ExpectAsync(Kind.Goodbye));
        await bench.Drive(WhenDone(session));
        session.Close();
    }

    private static async Task<bool> WhenDone(FakeSession session)
    {
        await session.WorkerDone;
        return true;
    }
}
