using FineWebTorch.Coordinator.Running;
using FineWebTorch.Coordinator.Scheduling;
using static FineWebTorch.Protos.V1.LeaseEnded.Types;

namespace FineWebTorch.Coordinator.Tests.Running;

/// <summary>Windows that have gone from one worker to another belong to the other from then on, also after a crash.</summary>
public sealed class ShrunkLeaseTests
{
    private const int Rows = 40, Windows = 10;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Windows_TakenAway_CountFromTheirNewHolderAlone(bool restarted)
    {
        using var run = new CoreHarness(Rows);
        var (slow, fast) = (run.JoinIdle("slow"), run.JoinIdle("fast"));
        var lease = slow.ScoreLeases.Single();
        var taken = fast.ScoreLeases.Single();
        Assert.Equal((0U, taken.FirstWindow, 10U), (lease.FirstWindow, slow.Shrunk.Single().EndWindow, taken.EndWindow));
        if (restarted)
        {
            run.Restart();
            slow = run.Join("slow", hello => hello.HeldLeases.Add(lease.Fence));
            fast = run.Join("fast", hello => hello.HeldLeases.Add(taken.Fence));
            Assert.Equal([lease.Fence], slow.Welcome.KeptLeases);
            Assert.Equal(taken.FirstWindow, slow.Shrunk.Single().EndWindow);
        }

        for (var window = 0; window < Windows; window++)
            run.Score(slow, lease.Fence, 0, window, (_, _) => 1.5f);
        Assert.Equal(Runs.WindowRows * taken.FirstWindow, run.Core.Totals.Rows);
        for (var window = 0; window < Windows; window++)
            run.Score(fast, taken.Fence, 0, window, (_, _) => 2.5f);

        Assert.Equal(Rows, run.Core.Totals.Rows);
        Assert.Equal(
            Enumerable.Range(0, Rows).Select(row => row / Runs.WindowRows < taken.FirstWindow ? 1.5f : 2.5f),
            run.Ledger.ReadScores(0).SelectMany(window => window.Scores));
    }

    /// <summary>What it was told to leave is not missing.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Lease_DoneUpToItsNewEnd_IsDone(bool restarted)
    {
        using var run = new CoreHarness(Rows);
        var (slow, fast) = (run.JoinIdle("slow"), run.JoinIdle("fast"));
        var lease = slow.ScoreLeases.Single();
        var end = (int)slow.Shrunk.Single().EndWindow;
        if (restarted)
        {
            run.Restart();
            slow = run.Join("slow", hello => hello.HeldLeases.Add(lease.Fence));
            run.Join("fast", hello => hello.HeldLeases.Add(fast.ScoreLeases.Single().Fence));
        }

        for (var window = 0; window < end; window++)
            run.Score(slow, lease, window);
        run.End(slow, lease.Fence, Outcome.Completed);

        Assert.DoesNotContain(run.Events, happened => happened is RunEvent.AttemptFailed);
        Assert.Empty(slow.Revoked);
        Assert.Equal(FileStage.Scoring, run.Core.Files[0].Stage);
    }

    /// <summary>One window short of it is.</summary>
    [Fact]
    public void Lease_DoneUpToLessThanItsNewEnd_HasFailed()
    {
        using var run = new CoreHarness(Rows);
        var (slow, _) = (run.JoinIdle("slow"), run.JoinIdle("fast"));
        var lease = slow.ScoreLeases.Single();
        for (var window = 0; window < slow.Shrunk.Single().EndWindow - 1; window++)
            run.Score(slow, lease, window);

        run.End(slow, lease.Fence, Outcome.Completed);

        Assert.Contains(
            "scores of 1 window are missing", run.Events.OfType<RunEvent.AttemptFailed>().Single().Reason,
            StringComparison.Ordinal);
    }
}
