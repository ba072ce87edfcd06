using FineWebTorch.Coordinator.Running;
using FineWebTorch.Protos.V1;
using Stage = FineWebTorch.Protos.V1.LeaseProgress.Types.Stage;

namespace FineWebTorch.Coordinator.Tests.Running;

/// <summary>Progress keeps a lease, and heartbeats alone do not.</summary>
public sealed class ProgressTests
{
    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(10);

    [Theory]
    [InlineData(Stage.Scoring)]
    [InlineData(Stage.Opening)]
    public void Lease_NothingDoneByItsMachine_GoesToAnotherAndTheProcessIsToEnd(Stage stage)
    {
        using var run = new CoreHarness(8);
        var hung = run.JoinIdle("hung");
        Beats(run, hung, 2, beat => Progress(1, stage, steps: beat));
        var waiting = run.JoinIdle("waiting");

        Beats(run, hung, 5, _ => Progress(1, stage, steps: 2), waiting);
        Assert.Empty(hung.Revoked);
        Beats(run, hung, 15, _ => Progress(1, stage, steps: 2), waiting);

        Assert.Contains("nothing was done for 1 min", hung.Revoked.Single().Reason, StringComparison.Ordinal);
        Assert.NotNull(hung.Received[^1].EndProcess);
        Assert.Equal("waiting", run.Core.State.Leases.Values.Single().WorkerId);
        Assert.Contains(run.Events, happened => happened is RunEvent.LeaseStalled { Worker: "hung" });
        Assert.Empty(run.Core.Files[0].FailedAttempts);
    }

    [Fact]
    public void Device_HangsWhileTheNextFileIsFetched_TheProcessIsToEnd()
    {
        using var run = new CoreHarness(8, 8);
        var hung = run.JoinIdle("hung");
        run.Request(hung);
        Assert.Equal(2, hung.ScoreLeases.Count());

        for (var beat = 1UL; beat <= 40; beat++)
        {
            run.Wait(Beat);
            run.Say(hung, Heartbeat(
                Progress(1, Stage.Scoring, Math.Min(2, beat)),
                Progress(2, Stage.Fetching, 10 * beat, bytes: 10_000_000 * beat)));
        }

        Assert.Contains(hung.Received, message => message.EndProcess is not null);
    }

    [Fact]
    public void Worker_ThatIsToEnd_IsGivenNothingMore()
    {
        using var run = new CoreHarness(8, 8);
        var hung = run.JoinIdle("hung");
        Beats(run, hung, 30, _ => Progress(1, Stage.Scoring, steps: 1));
        Assert.NotEmpty(hung.Revoked);

        run.Request(hung);

        Assert.Single(hung.ScoreLeases);
    }

    [Fact]
    public void Lease_SlowDownload_LivesByItsBytes()
    {
        using var run = new CoreHarness(8);
        var slow = run.JoinIdle("slow");

        // Ten minutes at 1 MB/s.
        Beats(run, slow, 60, beat => Progress(1, Stage.Fetching, steps: 10 * beat, bytes: 10_000_000 * beat));
        Assert.Empty(slow.Revoked);

        Beats(run, slow, 30, _ => Progress(1, Stage.Fetching, steps: 600, bytes: 600_000_000));
        Assert.Contains("while fetching it (600 MB had come)", slow.Revoked.Single().Reason, StringComparison.Ordinal);
        // The way to the file is blocked; the machine is well.
        Assert.DoesNotContain(slow.Received, message => message.EndProcess is not null);
    }

    [Fact]
    public void Lease_SlowWorker_HasTheTimeOfItsPauses()
    {
        using var run = new CoreHarness(40);
        var slow = run.JoinIdle("slow");
        // A batch every 50 s.
        Beats(run, slow, 50, beat => Progress(1, Stage.Scoring, steps: 1 + (beat / 5)));

        Beats(run, slow, 40, _ => Progress(1, Stage.Scoring, steps: 11));
        Assert.Empty(slow.Revoked);
        Beats(run, slow, 15, _ => Progress(1, Stage.Scoring, steps: 11));

        Assert.Single(slow.Revoked);
    }

    [Fact]
    public void Lease_ScoresComeWithoutAnyHeartbeat_IsAlive()
    {
        using var run = new CoreHarness(400);
        var session = run.JoinIdle("a");
        var lease = session.ScoreLeases.Single();

        for (var window = 0; window < 50; window++)
        {
            run.Wait(Beat);
            run.Score(session, lease, window);
        }

        Assert.Empty(session.Revoked);
    }

    [Fact]
    public void Lease_ThatWaitsForTheOneBefore_LivesAsLongAsThatOneGetsOn()
    {
        using var run = new CoreHarness(8, 8);
        var session = run.JoinIdle("a");
        run.Request(session);
        Assert.Equal(2, session.ScoreLeases.Count());

        for (ulong beat = 1; beat < 60; beat++)
        {
            run.Wait(Beat);
            run.Say(session, Heartbeat(Progress(1, Stage.Scoring, beat), Progress(2, Stage.Queued, steps: 1)));
        }

        Assert.Empty(session.Revoked);
    }

    [Theory]
    [InlineData(Stage.Building, true)]
    [InlineData(Stage.Uploading, false)]
    public void BuildLease_NothingDone_GoesToAnother(Stage stage, bool ends)
    {
        using var run = new CoreHarness(0);
        var session = run.JoinIdle("a");
        var build = session.BuildLeases.Single();

        Beats(run, session, 30, _ => new LeaseProgress { Fence = build.Fence, Stage = stage, Steps = 1 });

        Assert.Equal(build.Fence, session.Revoked.Single().Fence);
        Assert.Equal(ends, session.Received.Exists(message => message.EndProcess is not null));
        Assert.Single(run.JoinIdle("b").BuildLeases);
    }

    [Fact]
    public void Lease_OfACoordinatorThatIsStartedAgain_HasAFreshDeadline()
    {
        using var run = new CoreHarness(8);
        var session = run.JoinIdle("a");
        Beats(run, session, 3, beat => Progress(1, Stage.Scoring, steps: beat));
        run.Restart();
        run.Wait(CoreHarness.Timeout - Beat);

        var back = run.Join("a", hello => hello.HeldLeases.Add(1));
        Beats(run, back, 10, _ => Progress(1, Stage.Scoring, steps: 3));

        Assert.Equal([1UL], back.Welcome.KeptLeases);
        Assert.Empty(back.Revoked);
    }

    [Fact]
    public void Worker_StoppedForLongerThanTheDeadline_IsRefusedAndGoesOnWithOtherWork()
    {
        using var run = new CoreHarness(8);
        var stopped = run.JoinIdle("stopped");
        Beats(run, stopped, 2, beat => Progress(1, Stage.Scoring, steps: beat));
        run.Wait(CoreHarness.Timeout);
        Assert.True(stopped.IsClosed);

        var back = run.Join("stopped", hello => hello.HeldLeases.Add(1));
        run.Say(back, CoreHarness.Report(1, 0, [0], [1f]));

        Assert.Empty(back.Welcome.KeptLeases);
        Assert.Single(back.Revoked);
        Assert.Equal(0, run.Core.Totals.Rows);
        run.Request(back);
        Assert.Single(back.ScoreLeases);
    }

    private static void Beats(
        CoreHarness run, FakeSession session, int beats, Func<ulong, LeaseProgress> progress, params FakeSession[] others)
    {
        for (var beat = 1; beat <= beats; beat++)
        {
            run.Wait(Beat);
            run.Say(session, Heartbeat(progress((ulong)beat)));
            foreach (var other in others)
                run.Say(other, Heartbeat());
        }
    }

    private static LeaseProgress Progress(ulong fence, Stage stage, ulong steps, ulong bytes = 0) =>
        new() { Fence = fence, Stage = stage, Steps = steps, FetchedBytes = bytes, ReadingWindow = 1 };

    private static WorkerMessage Heartbeat(params LeaseProgress[] leases) =>
        new() { Heartbeat = new Heartbeat { Leases = { leases } } };
}
