using FineWebTorch.Common;
using FineWebTorch.Protos.V1;
using FineWebTorch.Worker.Tests.Fakes;
using static FineWebTorch.Worker.Tests.Session.WorkerAgentTests;
using Kind = FineWebTorch.Protos.V1.WorkerMessage.MessageOneofCase;
using Outcome = FineWebTorch.Protos.V1.LeaseEnded.Types.Outcome;

namespace FineWebTorch.Worker.Tests.Session;

/// <summary>What a person has a worker told by the coordinator, and a coordinator that says nothing.</summary>
public sealed class InstructionTests
{
    private static readonly string[] Texts = PipelineBench.Texts(100);

    [Theory]
    [InlineData(true, Outcome.Returned)]
    [InlineData(false, Outcome.Completed)]
    public async Task Paused_GivesLeasesBackOnlyIfToldToAndStaysInSession(bool giveBack, Outcome expected)
    {
        await using var bench = await SessionBench.StartAsync();
        using var gate = bench.HoldBatch(1);
        var session = await Welcomed(bench);
        await session.SendAsync(SessionBench.Lease(7, bench.Input("in", Texts)));
        gate.WaitUntilReached();
        await session.SendAsync(new CoordinatorMessage { Paused = new Paused { GiveBack = giveBack } });
        // An answer to what came after shows that the pause has been seen.
        await session.SendAsync(SessionBench.Lease(8, bench.Input("bad", ["bad"], index: 1)));
        await Until(bench, session, message => message.LeaseEnded?.Fence == 8);
        gate.Open();

        var messages = await Until(bench, session, message => message.LeaseEnded?.Fence == 7);
        Assert.Equal(expected, messages[^1].LeaseEnded.Outcome);
        await session.SendAsync(SessionBench.Lease(9, bench.Input("in2", PipelineBench.Texts(3), index: 2)));
        Assert.Equal(Outcome.Completed, (await Until(bench, session, message => message.LeaseEnded?.Fence == 9))[^1]
            .LeaseEnded.Outcome);
    }

    [Fact]
    public async Task Leave_EndsTheWorkerAlsoWhereItWouldWaitForTheNextRun()
    {
        await using var bench = await SessionBench.StartAsync(stay: true);
        var session = await Welcomed(bench);

        await session.SendAsync(new CoordinatorMessage { Drain = new Drain { Leave = true, Reason = "drained by hand" } });

        await bench.Drive(session.ExpectAsync(Kind.Goodbye));
        session.Close();
        Assert.Equal(ExitCode.Success, await bench.ExitCode());
        Assert.Contains("told to leave the run: drained by hand; ending", Logged.Lines);
    }

    [Fact]
    public async Task Drain_AfterTheRunIsOver_IsNoInterruption()
    {
        await using var bench = await SessionBench.StartAsync(stay: true);
        var session = await Welcomed(bench);
        await session.SendAsync(new CoordinatorMessage { RunOver = new RunOver() });
        await session.SendAsync(new CoordinatorMessage { Drain = new Drain() });
        await bench.Drive(session.ExpectAsync(Kind.Goodbye));
        session.Close();
        // The next attempt shows that all of that has been seen.
        await bench.Drive(bench.Coordinator.GreetedAsync(), mostSeconds: 8);
        bench.Stop();

        Assert.Equal(ExitCode.Success, await bench.ExitCode());
    }

    [Fact]
    public async Task Quarantine_IsToldWithItsReason()
    {
        await using var bench = await SessionBench.StartAsync();
        var session = await Welcomed(bench);
        var reason = $"its disk has failed {Guid.NewGuid()}";

        await session.SendAsync(new CoordinatorMessage { Quarantined = new Quarantined { Reason = reason } });
        await session.SendAsync(SessionBench.Lease(8, bench.Input("bad", ["bad"])));
        await session.ExpectAsync(Kind.LeaseEnded);

        Assert.Contains(Logged.Lines, line => line.Contains($"no more work: {reason}; put it right", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Hello_NotAnswered_IsSaidAgainAfterHalfAMinute()
    {
        await using var bench = await SessionBench.StartAsync();
        await bench.Coordinator.GreetedAsync();
        var begun = bench.Time.GetTimestamp();

        var (again, _) = await bench.Drive(bench.Coordinator.GreetedAsync(), mostSeconds: 40);

        Assert.True(new TimeSpan(bench.Time.GetTimestamp() - begun) >= TimeSpan.FromSeconds(29));
        await again.SendAsync(bench.Welcome());
        await again.ExpectAsync(Kind.WorkRequest);
        // The one who has answered is not left, however long it says nothing.
        var next = bench.Coordinator.GreetedAsync();
        for (var i = 0; i < 8; i++)
            await bench.Drive(again.HeartbeatAsync(), mostSeconds: 6);
        Assert.False(next.IsCompleted);
        bench.Stop();
        await bench.Drive(again.ExpectAsync(Kind.Goodbye));
        again.Close();
    }

    [Fact]
    public async Task Rejections_OneAfterAnother_AreToldOnce()
    {
        await using var bench = await SessionBench.StartAsync();
        var reason = $"full {Guid.NewGuid()}";
        for (var i = 0; i < 3; i++)
        {
            var (session, _) = await bench.Drive(bench.Coordinator.GreetedAsync(), mostSeconds: 20);
            await session.SendAsync(new CoordinatorMessage { Rejection = new Rejection { Reason = reason } });
            session.Close();
        }

        var (welcomed, _) = await bench.Drive(bench.Coordinator.GreetedAsync(), mostSeconds: 20);
        await welcomed.SendAsync(bench.Welcome());
        await welcomed.ExpectAsync(Kind.WorkRequest);
        Assert.Single(Logged.Lines, line => line.Contains($"now: {reason}; asking again", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Coordinator_NotOurs_IsNotSpokenToAndLookedForEverMoreSeldom()
    {
        await using var coordinator = await FakeCoordinator.StartAsync();
        var looks = 0;
        await using var bench = SessionBench.Start(
            coordinator, coordinator.Address, giveUpAfter: TimeSpan.FromMinutes(2), isOurs: () => ++looks == 0);
        var hello = coordinator.SessionAsync();

        var error = await Assert.ThrowsAsync<UserErrorException>(() => bench.ExitCode(mostSeconds: 150));

        Assert.Contains("no coordinator for 2 min (it has ended)", error.Message, StringComparison.Ordinal);
        Assert.False(hello.IsCompleted);
        // From a quarter of a second to a quarter of a minute; at the first pause it would be hundreds.
        Assert.InRange(looks, 8, 40);
    }

    [Fact]
    public async Task Heartbeat_ComesTwiceInTheTimeThatIsAskedForAndHasTheTotals()
    {
        await using var bench = await SessionBench.StartAsync();
        var session = await Welcomed(bench);
        await session.SendAsync(SessionBench.Lease(7, bench.Input("in", PipelineBench.Texts(21))));
        await Until(bench, session, message => message.LeaseEnded is not null);
        await bench.Drive(session.HeartbeatAsync(), mostSeconds: 6);
        var begun = bench.Time.GetTimestamp();

        var heartbeat = await bench.Drive(session.HeartbeatAsync(), mostSeconds: 6);

        Assert.InRange(new TimeSpan(bench.Time.GetTimestamp() - begun).TotalSeconds, 4, 8);
        Assert.Equal(21UL, heartbeat.Statistics.Documents);
        Assert.True(heartbeat.Statistics.Tokens > 0);
        Assert.Equal(heartbeat.Statistics.Tokens, heartbeat.Statistics.Positions);
        Assert.Equal((ulong)bench.Scorer.Batches, heartbeat.Statistics.Batches);
        Assert.Equal(0U, heartbeat.Statistics.BatchesInFlight);
        Assert.True(heartbeat.Statistics.Device.MemoryUsedBytes > 0);
        Assert.Empty(heartbeat.Leases);
    }
}
