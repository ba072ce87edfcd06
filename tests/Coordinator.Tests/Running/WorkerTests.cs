using FineWebTorch.Coordinator.Running;
using FineWebTorch.Protos.V1;
using static FineWebTorch.Protos.V1.LeaseEnded.Types;

namespace FineWebTorch.Coordinator.Tests.Running;

/// <summary>Workers that come, fall silent, return and leave.</summary>
public sealed class WorkerTests
{
    [Fact]
    public void Worker_SilentForTheTimeout_LosesItsLeaseAndIsRefusedAfterwards()
    {
        using var run = new CoreHarness(8);
        var silent = run.JoinIdle("a");
        var lease = silent.ScoreLeases.Single();
        run.Score(silent, lease, 0);
        var other = run.Join("b");
        run.Wait(CoreHarness.Timeout - TimeSpan.FromTicks(1));
        run.Say(other, new WorkerMessage { Heartbeat = new Heartbeat() });
        Assert.Contains(lease.Fence, run.Core.State.Leases.Keys);

        run.Wait(TimeSpan.FromTicks(1));
        run.Request(other);

        var next = other.ScoreLeases.Single();
        Assert.Equal((2UL, 1U, 2U), (next.Fence, next.FirstWindow, next.EndWindow));
        run.Score(silent, lease.Fence, 0, 1, (_, _) => 99f);
        Assert.True(silent.IsClosed);
        var back = run.Join("a", hello => hello.HeldLeases.Add(lease.Fence));
        Assert.Empty(back.Welcome.KeptLeases);
        run.Score(back, lease.Fence, 0, 1, (_, _) => 99f);
        Assert.Equal(lease.Fence, back.Revoked.Single().Fence);
        run.Score(other, next, 1);
        Assert.Equal(Runs.Scores(0, 8), run.Ledger.ReadScores(0).SelectMany(window => window.Scores));
    }

    [Fact]
    public void Worker_ThatHeartbeatsAndGetsOn_KeepsItsLease()
    {
        using var run = new CoreHarness(8);
        var session = run.JoinIdle("a");

        for (ulong step = 1; step <= 10; step++)
        {
            run.Wait(CoreHarness.Timeout * 0.9);
            var progress = new LeaseProgress { Fence = 1, Steps = step };
            run.Say(session, new WorkerMessage { Heartbeat = new Heartbeat { Leases = { progress } } });
        }

        Assert.False(session.IsClosed);
        Assert.Single(run.Core.State.Leases);
    }

    [Fact]
    public void Worker_ThatReturnsInTime_KeepsWhatItHoldsAndNothingElse()
    {
        using var run = new CoreHarness(8, 8);
        var session = run.JoinIdle("a");
        run.Request(session);
        run.Step(new RunCommand.SessionEnded(session));

        var back = run.Join("a", hello => hello.HeldLeases.Add([2, 77]));

        Assert.Equal([2UL], back.Welcome.KeptLeases);
        Assert.Equal([2UL], run.Core.State.Leases.Keys);
        Assert.Equal([false, true], run.Events.OfType<RunEvent.WorkerJoined>().Select(joined => joined.Returned));
    }

    [Fact]
    public void Worker_ThatReturnsAfterTheCoordinatorDied_KeepsItsLease()
    {
        using var run = new CoreHarness(8);
        var lease = run.JoinIdle("a").ScoreLeases.Single();
        run.Restart();
        run.Wait(CoreHarness.Timeout * 0.9);

        var back = run.Join("a", hello => hello.HeldLeases.Add(lease.Fence));
        run.Score(back, lease, 0);

        Assert.Equal([lease.Fence], back.Welcome.KeptLeases);
        Assert.Equal(4, run.Core.Totals.Rows);
    }

    [Fact]
    public void Worker_WithWorkOfAnEarlierSession_IsAwaitedUntilItIsBack()
    {
        using var run = new CoreHarness(12);
        run.JoinIdle("a");
        run.Restart();

        Assert.Equal(1, run.Core.Snapshot(run.Now).Awaited);
        run.Join("b");
        Assert.Equal(1, run.Core.Snapshot(run.Now).Awaited);
        run.Join("a");
        Assert.Equal(0, run.Core.Snapshot(run.Now).Awaited);
    }

    /// <summary>Others do its work by then; the end of the run still waits a while, so that it hears of it.</summary>
    [Fact]
    public void Worker_WithWorkOfAnEarlierSession_IsAwaitedWhenItsLeasesAreGone()
    {
        using var run = new CoreHarness(12);
        run.JoinIdle("a");
        run.Restart();
        run.Wait(CoreHarness.Timeout);
        Assert.Single(run.JoinIdle("b").ScoreLeases);

        Assert.Equal(1, run.Core.Awaited);
        run.Join("a");
        Assert.Equal(0, run.Core.Awaited);
    }

    [Fact]
    public void ReturningWorker_ItsLeaseWasShortenedMeanwhile_IsToldAgain()
    {
        using var run = new CoreHarness(40);
        var slow = run.JoinIdle("slow");
        run.Step(new RunCommand.SessionEnded(slow));
        run.JoinIdle("fast");
        run.Restart();

        var back = run.Join("slow", hello => hello.HeldLeases.Add(1));

        Assert.Equal(1U, back.Shrunk.Single().EndWindow);
    }

    [Fact]
    public void Drain_WorkersHoldLeases_AsksThemAndGivesNothingOutAnyMore()
    {
        using var run = new CoreHarness(8, 8);
        var session = run.JoinIdle("a");
        run.Step(new RunCommand.Drain());
        run.Score(session, session.ScoreLeases.Single(), 0);
        run.End(session, 1, Outcome.Returned);
        run.Request(session);
        run.Say(session, new WorkerMessage { Goodbye = new Goodbye() });

        Assert.Single(session.Received, message => message.Drain is not null);
        Assert.Single(session.ScoreLeases);
        Assert.Equal(4, run.Core.Totals.Rows);
        Assert.Equal(0, run.Core.Snapshot(run.Now).Sessions);
        Assert.False(run.Join("b").Rejection!.Permanent);
    }

    [Fact]
    public void FirstWorker_OnACpu_FixesPrecisionForGood()
    {
        using var run = new CoreHarness(8);
        var welcome = run.Join("a").Welcome.Run;
        Assert.Equal((Dtype.Fp32, 4096U), (welcome.Dtype, welcome.TokenBudget));
        run.Restart();

        var gpu = run.Join("b", hello => (hello.DeviceKind, _) = ("cuda", hello.Dtypes.Remove(Dtype.Fp32)));

        Assert.True(gpu.Rejection!.Permanent);
        Assert.True(gpu.IsClosed);
    }

    [Fact]
    public void FirstWorker_OnAGpu_ChoosesHalfPrecision()
    {
        using var run = new CoreHarness(8);

        var welcome = run.Join("a", hello =>
        {
            hello.DeviceKind = "cuda";
            hello.Dtypes.Add(Dtype.Fp16);
        }).Welcome.Run;

        Assert.Equal((Dtype.Fp16, 65536U), (welcome.Dtype, welcome.TokenBudget));
        Assert.Equal(Dtype.Fp16, run.Ledger.Load()!.Run.Dtype);
    }

    [Fact]
    public void FirstWorker_DtypeWasGiven_ChangesNothing()
    {
        using var run = new CoreHarness(Runs.Spec with { Dtype = Dtype.Bf16, TokenBudget = 99 }, 8);

        var rejection = run.Join("a").Rejection!;

        Assert.Contains("bf16", rejection.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Worker_OfAnotherVersion_IsTurnedAway()
    {
        using var run = new CoreHarness(8);

        Assert.True(run.Join("a", hello => hello.ProgramVersion = "9.9").Rejection!.Permanent);
    }

    [Fact]
    public void Workers_TurnedAwayForOneReason_AreToldOfOnce()
    {
        using var run = new CoreHarness(8);

        foreach (var worker in (string[])["a", "a", "b"])
            Assert.NotNull(run.Join(worker, hello => hello.ProgramVersion = "9.9").Rejection);

        Assert.Single(run.Events.OfType<RunEvent.WorkerTurnedAway>());
    }

    [Fact]
    public void Message_BeforeHello_EndsTheSession()
    {
        using var run = new CoreHarness(8);
        var session = new FakeSession();

        run.Request(session);

        Assert.True(session.IsClosed);
    }
}
