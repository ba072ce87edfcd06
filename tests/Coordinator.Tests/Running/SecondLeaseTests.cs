using FineWebTorch.Common;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Coordinator.Scheduling;
using FineWebTorch.Protos.V1;
using static FineWebTorch.Protos.V1.LeaseEnded.Types;

namespace FineWebTorch.Coordinator.Tests.Running;

/// <summary>What a worker does slowly is done by another one as well, and whoever is first counts.</summary>
public sealed class SecondLeaseTests
{
    private const int Rows = 400;
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    [Fact]
    public void LastWindow_WithAWorkerTwentyTimesSlower_IsDoneByAFastOne()
    {
        using var run = LargeWindows(10 * Rows, Rows);
        var (fast, slow) = (new TimedWorker("fast", rows: 40), new TimedWorker("slow", rows: 2));

        var end = new TimedFleet(run, fast, slow).Go(Day);

        // The large file, the last window from scratch and two shards; the slow one alone would take 200 s.
        Assert.InRange(end.TotalSeconds, 100, 100 + 10 + 5);
        Assert.Equal([1U], slow.Leases.Select(lease => lease.File.Index));
        Assert.Equal("another worker was first", slow.Revoked.Single().Reason);
        DemandEveryRowOnce(run);
    }

    [Fact]
    public void LastWindow_ItsWorkerHangs_IsDoneByAnotherLongBeforeTheDeadline()
    {
        using var run = LargeWindows(10 * Rows, 10 * Rows);
        var well = new TimedWorker("well", rows: 40);
        var hung = new TimedWorker("hung", rows: 41) { HangsAt = TimeSpan.FromSeconds(95) };

        var end = new TimedFleet(run, well, hung).Go(Day);

        Assert.InRange(end.TotalSeconds, 100, 125);
        DemandEveryRowOnce(run);
    }

    [Fact]
    public void Shard_OfASlowBuilder_IsMadeByASecondOne()
    {
        using var run = LargeWindows(Rows, Rows, Rows, Rows);
        var slow = new TimedWorker("slow", rows: 40) { Building = TimeSpan.FromMinutes(10) };
        var fast = new TimedWorker("fast", rows: 40);

        var end = new TimedFleet(run, slow, fast).Go(Day);

        Assert.InRange(end.TotalSeconds, 30, 60);
        Assert.Equal("another worker was first", slow.Revoked.Single().Reason);
        Assert.Contains(run.Events, happened => happened is RunEvent.SecondLease { IsBuild: true, Slow: "slow" });
        DemandEveryRowOnce(run);
    }

    [Fact]
    public void Shard_OfABuilderThatIsSilent_IsMadeByASecondOne()
    {
        using var run = new CoreHarness(0);
        var silent = run.JoinIdle("silent");
        var idle = run.JoinIdle("idle");

        Beats(run, 6, silent, idle);

        var (first, second) = (silent.BuildLeases.Single(), idle.BuildLeases.Single());
        Assert.Null(run.Deliver(second).Refusal);
        Assert.Equal(first.Fence, silent.Revoked.Single().Fence);
        Assert.Contains("has ended or gone to another", run.Deliver(first).Refusal, StringComparison.Ordinal);
        // Nobody has failed at anything.
        run.End(silent, first.Fence, Outcome.Failed, "the shard was refused");
        Assert.DoesNotContain(run.Events, happened => happened is RunEvent.AttemptFailed);
        Assert.True(run.Core.IsOver);
    }

    [Fact]
    public void Scores_OfTwoLeases_TheFirstOfARowIsKept()
    {
        using var run = OnePair(out var slow, out var second);
        var (first, other) = (slow.ScoreLeases.Single(), second.ScoreLeases.Last());

        run.Score(slow, first.Fence, 0, 0, (_, _) => 1.5f, 0, 1);
        run.Score(second, other.Fence, 0, 0, (_, _) => 2.5f);
        run.Score(slow, first.Fence, 0, 0, (_, _) => 1.5f);

        Assert.Equal([1.5f, 1.5f, 2.5f, 2.5f], run.Ledger.ReadScores(0).Single().Scores);
        Assert.Equal(first.Fence, slow.Revoked.First().Fence);
        Assert.Empty(second.Revoked);
        run.End(second, other.Fence, Outcome.Completed);
        Assert.DoesNotContain(run.Events, happened => happened is RunEvent.AttemptFailed);
        Assert.Equal(0, run.Core.Files[0].LostInARow);
        Assert.Equal((2L, 2L), (run.Core.Files[0].Work[0].Rows, run.Core.Files[0].Work[1].Rows));
    }

    [Fact]
    public void Windows_OfTwoLeases_AreGivenToNoThirdWorker()
    {
        using var run = OnePair(out var slow, out var second);

        var third = run.JoinIdle("third");
        Beats(run, 10, slow, second, third);

        Assert.Empty(third.ScoreLeases);
        Assert.Equal(2, run.Core.State.Leases.Count);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Pair_OneOfThemEnds_TheOtherGoesOn(bool first)
    {
        using var run = OnePair(out var slow, out var second);
        var (ends, stays) = first ? (slow, second) : (second, slow);

        run.End(ends, ends.ScoreLeases.Last().Fence, Outcome.Returned);
        NaiveQueues.Check(run.Core.State, run.Ledger);
        run.Score(stays, stays.ScoreLeases.Last(), 0);

        Assert.Equal(FileStage.Scored, run.Core.Files[0].Stage);
        Assert.Empty(stays.Revoked);
    }

    [Fact]
    public void Coordinator_StartedAgain_BothLeasesAreThere()
    {
        using var run = OnePair(out var slow, out var second);
        var (first, other) = (slow.ScoreLeases.Single(), second.ScoreLeases.Last());
        run.Score(slow, first, 0, 0);

        run.Restart();
        NaiveQueues.Check(run.Core.State, run.Ledger);
        slow = run.Join("slow", hello => hello.HeldLeases.Add(first.Fence));
        second = run.Join("second", hello => hello.HeldLeases.Add(other.Fence));
        run.Score(second, other, 0);

        Assert.Equal([[first.Fence], [other.Fence]], new[] { slow.Welcome.KeptLeases, second.Welcome.KeptLeases });
        Assert.Equal(first.Fence, slow.Revoked.Single().Fence);
        Assert.Equal(4, run.Core.Totals.Rows);
        run.End(second, other.Fence, Outcome.Completed);
        Assert.Empty(run.Core.State.Leases);
    }

    [Fact]
    public void Window_OverWhichAWorkerHasEnded_HasNoSecondLease()
    {
        using var run = new CoreHarness(4);
        var ended = run.JoinIdle("ended");
        run.Say(ended, CoreHarness.Opened(ended.ScoreLeases.Single(), rows: 4));
        run.Wait(CoreHarness.Timeout);
        var slow = run.JoinIdle("slow");
        run.Say(slow, CoreHarness.Opened(slow.ScoreLeases.Single(), rows: 4));
        var idle = run.JoinIdle("idle");

        Beats(run, 10, slow, idle);

        Assert.Empty(idle.ScoreLeases);
    }

    [Fact]
    public void Worker_Quarantined_GetsNoSecondLease()
    {
        using var run = new CoreHarness(4);
        var slow = run.JoinIdle("slow");
        run.Say(slow, CoreHarness.Opened(slow.ScoreLeases.Single(), rows: 4));
        var ill = run.JoinIdle("ill");
        run.Core.State.Workers["ill"].SetQuarantine("its device has failed");

        Beats(run, 10, slow, ill);

        Assert.Empty(ill.ScoreLeases);
    }

    [Fact]
    public void IdleWorkers_ThereAreThousands_FewAreLookedAt()
    {
        var state = new RunState(
            [new RunFile(Runs.File(0, 4), rows: 4, windows: 1)], FinishedFiles.None,
            new SchedulingOptions(CoreHarness.Timeout));
        for (var i = 0; i < 2000; i++)
        {
            var worker = state.Enter($"w{i}", TimeSpan.Zero);
            worker.Connect(new Secret($"session {i}"), TimeSpan.Zero);
            worker.Request(i);
        }

        Assert.Equal(2000, state.Idle.Count);
        Assert.InRange(state.Idle.For(state, state.Files[0]).Count(), 1, 16);
    }

    /// <summary>A slow worker and a second one, at the same window of four rows.</summary>
    private static CoreHarness OnePair(out FakeSession slow, out FakeSession second)
    {
        var run = new CoreHarness(4);
        slow = run.JoinIdle("slow");
        run.Say(slow, CoreHarness.Opened(slow.ScoreLeases.Single(), rows: 4));
        second = run.JoinIdle("second");
        Beats(run, 4, slow, second);
        Assert.Equal((0U, 1U), (second.ScoreLeases.Single().FirstWindow, second.ScoreLeases.Single().EndWindow));
        NaiveQueues.Check(run.Core.State, run.Ledger);
        return run;
    }

    private static CoreHarness LargeWindows(params long[] files) => CoreHarness.OfFiles(
        Runs.Spec with { WindowRows = Rows }, [.. files.Select(rows => (rows, 1_000_000L))]);

    /// <summary>Every five seconds everyone says that it lives.</summary>
    private static void Beats(CoreHarness run, int beats, params FakeSession[] sessions)
    {
        for (var beat = 0; beat < beats; beat++)
        {
            run.Wait(TimeSpan.FromSeconds(5));
            foreach (var session in sessions)
                run.Say(session, new WorkerMessage { Heartbeat = new Heartbeat() });
        }
    }

    private static void DemandEveryRowOnce(CoreHarness run)
    {
        Assert.True(run.Core.IsOver);
        Assert.Empty(run.Core.State.Leases);
        Assert.DoesNotContain(run.Events, happened => happened is RunEvent.AttemptFailed);
        for (var index = 0; index < run.Core.Files.Count; index++)
        {
            var file = run.Ledger.ReadFile(index)!;
            Assert.Equal(file.Record.Rows, file.Work.Sum(work => work.Rows));
            Assert.Equal(
                Runs.Scores(index, file.Record.Rows),
                run.Ledger.ReadScores(index).SelectMany(window => window.Scores));
        }
    }
}
