using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Coordinator.Scheduling;
using FineWebTorch.Model;
using FineWebTorch.Protos.V1;
using static FineWebTorch.Protos.V1.LeaseEnded.Types;

namespace FineWebTorch.Coordinator.Tests.Running;

/// <summary>Scores that are taken, those that are not, and what is left of them after a restart.</summary>
public sealed class StoredScoresTests
{
    [Theory]
    [InlineData(9, new uint[] { 0 }, new[] { 1f }, "the file has no window 9")]
    [InlineData(1, new uint[] { 3, 4, 1 }, new[] { 1f, 1f, 1f }, "row 4 in window 1, which has 4 rows")]
    [InlineData(2, new uint[] { 2 }, new[] { 1f }, "row 2 in window 2, which has 2 rows")]
    [InlineData(0, new uint[] { 1, 2, 1 }, new[] { 1f, 1f, 1f }, "a row came twice in a batch of window 0")]
    [InlineData(0, new uint[] { 1 }, new[] { float.NegativeInfinity }, "a score in window 0 was -Infinity")]
    [InlineData(0, new uint[] { 1 }, new[] { 1f, 2f }, "8 bytes of scores for 1 rows")]
    public void Batch_ThatCannotBe_EndsItsLeaseWithWhatIsWrong(int window, uint[] rows, float[] scores, string fault)
    {
        using var run = new CoreHarness(10);
        var session = run.JoinIdle("a");

        run.Say(session, CoreHarness.Report(1, window, rows, scores));

        Assert.Equal($"its report was faulty: {fault}", session.Revoked.Single().Reason);
        Assert.Equal(Fault.Machine, run.Ledger.Load()!.Failures.Single().Fault);
        Assert.Equal(0, run.Core.Totals.Rows);
    }

    [Fact]
    public void Batch_WithoutTheTokensOfEachRow_EndsItsLease()
    {
        using var run = new CoreHarness(10);
        var session = run.JoinIdle("a");
        var report = CoreHarness.Report(1, 0, [0, 1], [1f, 2f]);
        report.Scores.Batches[0].TokenCounts.RemoveAt(1);

        run.Say(session, report);

        Assert.Equal("its report was faulty: 1 counts of tokens for 2 rows", session.Revoked.Single().Reason);
    }

    [Fact]
    public void Batches_BeforeTheFaultyOne_AreKept()
    {
        using var run = new CoreHarness(10);
        var session = run.JoinIdle("a");
        var report = CoreHarness.Report(1, 0, [0, 1], [1f, 2f]);
        report.Scores.Batches.Add(CoreHarness.Report(1, 7, [0], [1f]).Scores.Batches);
        report.Scores.Batches.Add(CoreHarness.Report(1, 1, [0], [1f]).Scores.Batches);

        run.Say(session, report);

        Assert.Equal(2, run.Core.Totals.Rows);
        Assert.Equal(2, run.Ledger.Load()!.Work.Single().Rows);
    }

    [Fact]
    public void Rows_ThatAreThereAlready_ArePassedOver()
    {
        using var run = new CoreHarness(4);
        var session = run.JoinIdle("a");
        var lease = session.ScoreLeases.Single();
        run.Score(session, lease, 0, 0, 1);
        Assert.Equal(20, run.Core.Totals.Tokens);

        // Two of these three are new: two thirds of the batch's tokens.
        run.Score(session, lease, 0, 1, 2, 3);

        Assert.Equal((4L, 40L), (run.Core.Totals.Rows, run.Core.Totals.Tokens));
        Assert.Equal(4, run.Core.State.Workers["a"].RowsStored);
        Assert.Equal(Runs.Scores(0, 4), run.Ledger.ReadScores(0).SelectMany(window => window.Scores));
        Assert.Equal(FileStage.Scored, run.Core.Files[0].Stage);
    }

    [Fact]
    public void Window_GivenToAnotherMeanwhile_IsNotTakenFromTheFirst()
    {
        using var run = new CoreHarness(40);
        var (first, second) = (run.JoinIdle("a"), run.JoinIdle("b"));
        var taken = (int)second.ScoreLeases.Single().FirstWindow;

        run.Score(first, 1, 0, taken, Runs.Score);

        Assert.Equal(0, run.Core.Totals.Rows);
        Assert.Empty(first.Revoked);
        Assert.Equal(1, first.Acknowledged);
        Assert.Empty(run.Ledger.Load()!.Work);
    }

    /// <summary>As when the halves of a window that ended a worker were tried one by one, and then the rest came.</summary>
    [Fact]
    public void Batch_OfWhichRowsAreStored_CountsTheTokensOfTheOthersAlone()
    {
        using var run = new CoreHarness(8);
        var session = run.JoinIdle("a");
        var fence = session.ScoreLeases.Single().Fence;
        var part = CoreHarness.Report(fence, 0, [2], [1.5f]);
        part.Scores.Batches[0].TokenCounts[0] = 400;
        run.Say(session, part);
        var whole = CoreHarness.Report(fence, 0, [0, 1, 2, 3], [1, 2, 7, 4]);
        whole.Scores.Batches[0].TokenCounts.Clear();
        whole.Scores.Batches[0].TokenCounts.Add([3, 5, 400, 7]);

        run.Say(session, whole);

        Assert.Equal((4, 415L), (run.Core.Totals.Rows, run.Core.Totals.Tokens));
    }

    [Fact]
    public void Worker_WhoseScoresWereStored_HasShownThatItCan()
    {
        using var run = new CoreHarness(8);
        var session = run.JoinIdle("a");
        Assert.False(run.Core.State.Workers["a"].Health.HasSucceeded);
        run.Wait(TimeSpan.FromSeconds(1));

        run.Score(session, session.ScoreLeases.Single(), 0, 2);

        Assert.True(run.Core.State.Workers["a"].Health.HasSucceeded);
        Assert.Equal(run.Now, run.Core.State.Progress.Last);
        Assert.Equal("a", run.Core.Files[0].LastScorer);
        Assert.Equal(0, run.Core.State.Leases[1].ReadingWindow);
        run.Score(session, session.ScoreLeases.Single(), 0);
        Assert.Equal(1, run.Core.State.Leases[1].ReadingWindow);
    }

    [Fact]
    public void Run_ThatIsResumed_KnowsWhoHasScored()
    {
        using var run = new CoreHarness(12);
        var first = run.JoinIdle("a");
        run.Score(first, first.ScoreLeases.Single(), 0);
        run.Restart();
        var second = run.JoinIdle("b");
        run.Score(second, second.ScoreLeases.Single(), 1);

        Assert.Equal([("a", 4L), ("b", 4L)], run.Core.Files[0].Work.Select(work => (work.Worker, work.Rows)).Order());
    }

    [Fact]
    public void Lease_CountsFromWhenItWasGiven()
    {
        using var run = new CoreHarness(8);
        run.Wait(TimeSpan.FromSeconds(100));

        run.JoinIdle("a");

        var lease = run.Core.State.Leases[1];
        Assert.Equal((run.Now, run.Now, run.Now), (lease.GivenAt, lease.BeganAt, lease.FetchedAt));
    }

    [Fact]
    public void Classes_TwoOfThem_AreNamedInTheWarning()
    {
        using var run = new CoreHarness(8);
        var session = run.JoinIdle("a");
        run.Score(session, session.ScoreLeases.Single(), 0, 0, 1);
        run.Say(session, new WorkerMessage { Goodbye = new Goodbye() });
        var other = run.Join("b", hello => hello.NumericClass = "class b");
        run.Request(other);

        run.Say(other, CoreHarness.Report(other.ScoreLeases.Single().Fence, 0, [2], [1f], "class b"));

        Assert.Equal(
            "scores now come from 'class b' beside 'class a': the last bits of scores depend on which worker computed " +
            "them; manifests name the rows of each",
            run.Events.OfType<RunEvent.Warning>().Single().Text);
    }

    [Fact]
    public void Restart_CountsWhatIsCompleteWhatIsBegunAndWhatHasAShard()
    {
        using var run = new CoreHarness(4, 4, 8);
        var session = run.JoinIdle("a");
        run.Request(session);
        run.Request(session);
        foreach (var lease in session.ScoreLeases.Where(lease => lease.File.Rows == 4).ToList())
        {
            run.Score(session, lease, 0);
            run.End(session, lease.Fence, Outcome.Completed);
            run.Request(session);
        }

        run.Deliver(session.BuildLeases.First());
        run.Deliver(session.BuildLeases.Last(), finish: false);
        var last = session.ScoreLeases.Single(lease => lease.File.Rows == 8);
        run.Score(session, last, 0);
        run.Score(session, last, 1, 1, 2);
        var (totals, unplaced) = (Count(run), (int)session.BuildLeases.Last().File.Index);

        run.Restart();

        Assert.Equal(totals, Count(run));
        Assert.Equal(14, run.Core.Totals.Rows);
        Assert.Equal((1, FileStage.Scoring), (run.Core.Files[2].CompleteWindows, run.Core.Files[2].Stage));
        Assert.Equal(6, run.Core.Files[2].Totals.Rows);
        // Its shard has come and was not put in its place.
        var shard = run.Core.Files[unplaced].Shard!;
        Assert.Equal((session.BuildLeases.Last().Fence, false), (shard.Fence, shard.Done));
        Assert.Equal(4, run.Core.Files[unplaced].Totals.Rows);

        static (long, long, long, long) Count(CoreHarness run) =>
            (run.Core.Totals.Rows, run.Core.Totals.Kept, run.Core.Totals.Unscorable, run.Core.Totals.Tokens);
    }

    /// <summary>A model that gives no score at all is known as such also after a restart.</summary>
    [Fact]
    public void Restart_WhereNothingCouldBeScored_KnowsWhy()
    {
        using var run = new CoreHarness(400);
        var session = run.JoinIdle("a");
        for (var window = 0; window < 100 && run.Core.Hopelessness is null; window++)
            run.Score(session, 1, 0, window, (_, _) => EduScore.Unscorable(UnscorableReason.NotFinite));
        var before = run.Core.Hopelessness;

        run.Restart();

        Assert.NotNull(before);
        Assert.Equal(before, run.Core.Hopelessness);
    }

    [Fact]
    public void Dropped_ScoresOfOneFile_LeaveThoseOfTheOthers()
    {
        using var run = new CoreHarness(8, 8);
        var session = run.JoinIdle("a");
        run.Request(session);
        foreach (var lease in session.ScoreLeases.ToList())
        {
            run.Score(session, lease, 0);
            run.Score(session, lease, 1, 0);
        }

        var opened = CoreHarness.Opened(session.ScoreLeases.First(), rows: 8);
        opened.FileOpened.Sha256 = new string('1', 64);
        run.Say(session, opened);

        Assert.Equal(5, run.Core.Totals.Rows);
        Assert.Equal((0L, 5L), (run.Core.Files[0].Totals.Rows, run.Core.Files[1].Totals.Rows));
        run.Score(session, session.ScoreLeases.Last(), 1);
        Assert.Equal(8, run.Core.Files[1].Totals.Rows);
        run.Restart();
        Assert.Equal(8, run.Core.Totals.Rows);
    }

    [Fact]
    public void Window_Open_KnowsItsRows()
    {
        var window = new OpenWindow(10);
        Assert.Equal(2, window.StoredRows().Length);
        var batch = new BatchRecord(0, 3, [0, 9], [1.5f, 3f], "c", 10);
        Assert.Equal([0, 1], window.Fresh(batch.Rows));

        window.Add(batch, KeepRule.IntScore(3));

        Assert.Equal([0b1, 0b10], window.StoredRows());
        Assert.Equal([0, 9], Enumerable.Range(0, 10).Where(window.IsStored));
        Assert.False(window.IsComplete);
        Assert.Empty(window.Fresh(batch.Rows));
        Assert.Equal([1], window.Fresh([9, 4]));
        var summary = window.Summarize(0, 3);
        Assert.Equal((0, 3, 2, 1, 0, 10L), (summary.File, summary.Window, summary.Rows, summary.Kept, summary.Unscorable, summary.Tokens));
        window.Add(new BatchRecord(0, 3, [1, 2, 3, 4, 5, 6, 7, 8], new float[8], "c", 10), KeepRule.IntScore(3));
        Assert.True(window.IsComplete);
        Assert.Equal([1.5f, 0, 0, 0, 0, 0, 0, 0, 0, 3f], window.Scores);
    }

}
