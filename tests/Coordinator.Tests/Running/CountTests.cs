using FineWebTorch.Coordinator.Console;
using FineWebTorch.Coordinator.Disk;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Running;
using static FineWebTorch.Protos.V1.LeaseEnded.Types;

namespace FineWebTorch.Coordinator.Tests.Running;

/// <summary>What a run says of itself in numbers.</summary>
public sealed class CountTests
{
    [Fact]
    public void File_FailingAfterItsWindowsWereScored_IsInNoCountButItsOwn()
    {
        using var run = new CoreHarness(8, 8);
        var session = run.JoinIdle("a");
        var bad = session.ScoreLeases.Single();
        run.Score(session, bad, 0);
        var before = run.Core.Snapshot(TimeSpan.Zero);
        run.End(session, bad.Fence, Outcome.FileBad, "row group 3 is damaged");
        run.Request(session);
        run.Score(session, session.ScoreLeases.Last(), 0);
        run.Wait(TimeSpan.FromSeconds(2));
        run.Request(session);
        run.End(session, session.ScoreLeases.Last().Fence, Outcome.FileBad, "row group 3 is damaged");

        var after = run.Core.Snapshot(TimeSpan.FromSeconds(1));
        var summary = Summarize(run);

        Assert.Equal((16, 4), (before.Rows, before.RowsScored));
        Assert.Equal((1, 8, 4, 4), (after.FilesFailed, after.Rows, after.RowsScored, after.RowsInFailed));
        var good = run.Core.Files.Held.Single(file => file.Record.Failure is null).Totals;
        Assert.Equal((good.Kept, good.Unscorable, good.Tokens), (after.Kept, after.Unscorable, after.Tokens));
        Assert.Equal(after.RowsScored, summary.NumericClasses.Values.Concat(summary.UnscorableReasons!.Values).Sum());
        Assert.EndsWith(", 1 could not be scored (1 without text)", SummaryText.End(summary).First(), StringComparison.Ordinal);
        Assert.Equal((4, 4, 8), (summary.RowsScored, summary.RowsInFailedFiles, summary.RowsScoredNow));
        // The speed is that of the machines, whatever became of the file.
        var meter = new RateMeter();
        meter.Add(before with { Elapsed = TimeSpan.Zero });
        Assert.Equal(4, meter.Add(after).Rates.DocumentsPerSecond);
        Assert.Contains(SummaryText.End(summary), line => line.StartsWith(
            "running: 0 of 2 files, 4 of 8 rows scored, ", StringComparison.Ordinal));
        Assert.Contains(SummaryText.End(summary), line => line.EndsWith(
            "of which 4 rows had been scored:", StringComparison.Ordinal));
    }

    [Fact]
    public void Restart_OneFileDoneOneScoredOneBegun_CountsAsBefore()
    {
        using var run = new CoreHarness(8, 8, 8);
        EndOneScoreOneBeginOne(run);

        var (before, classes) = (run.Core.Snapshot(run.Now), Summarize(run).NumericClasses);
        run.Restart();
        var (after, classesAfter) = (run.Core.Snapshot(run.Now), Summarize(run).NumericClasses);

        Assert.Equal((1, 24, 20), (before.FilesDone, before.Rows, before.RowsScored));
        Assert.Equal(
            (before.FilesDone, before.Rows, before.RowsScored, before.Kept, before.Unscorable, before.Tokens),
            (after.FilesDone, after.Rows, after.RowsScored, after.Kept, after.Unscorable, after.Tokens));
        Assert.Equal(classes, classesAfter);
        Assert.Equal(before.RowsScored - before.Unscorable, before.Scores.Counts.Sum());
        Assert.Equal(before.Scores.Counts, after.Scores.Counts);
        Assert.Equal(before.Scores.KeptAt, after.Scores.KeptAt);
        // Those of the run's workers are a whole number and an eighth.
        var scores = Enumerable.Range(0, 3)
            .SelectMany(file => Runs.Scores(file, run.Core.Files.Find(file)?.Totals.Rows ?? 8))
            .Where(float.IsFinite).ToList();
        Assert.Equal(
            Enumerable.Range(0, 11).Select(half => (long)scores.Count(score => score >= half / 2.0)),
            after.Scores.KeptAt);
    }

    [Fact]
    public void FileThatFails_AndIsTriedAgain_TakesItsScoresOutOfTheHistogramAndBack()
    {
        using var run = new CoreHarness(8, 8);
        var session = run.Join("a");
        ScoreNext(run, session, windows: 1);
        var before = run.Core.Snapshot(run.Now).Scores;
        var file = run.Core.Files[0];

        run.Step(new RunCommand.Control(
            new ControlRequest.Skip(new NamePatterns([file.Record.Name])), new TaskCompletionSource<ControlAnswer>()));
        var skipped = run.Core.Snapshot(run.Now);
        run.Step(new RunCommand.Control(
            new ControlRequest.Reopen(
                [new LedgerChange.FileReplaced(file.Record with { Failure = null }, DropScores: false)]),
            new TaskCompletionSource<ControlAnswer>()));
        var reopened = run.Core.Snapshot(run.Now);

        Assert.True(before.Counts.Sum() > 0);
        Assert.Equal((1, 1, 1), (skipped.FilesFailed, skipped.FilesSkipped, skipped.FilesWaiting));
        Assert.Equal(0, skipped.Scores.Counts.Sum());
        Assert.Equal((0, 0, 2), (reopened.FilesFailed, reopened.FilesSkipped, reopened.FilesWaiting));
        Assert.Equal(before.Counts, reopened.Scores.Counts);
    }

    [Fact]
    public void Restart_OfARunWithASkippedFile_LeavesItOutOfItsCounts()
    {
        using var run = new CoreHarness(8);
        ScoreNext(run, run.Join("a"), windows: 1);
        run.Step(new RunCommand.Control(
            new ControlRequest.Skip(new NamePatterns(["*"])), new TaskCompletionSource<ControlAnswer>()));

        run.Restart();
        var restarted = run.Core.Snapshot(run.Now);

        Assert.Equal((0, 4), (restarted.Scores.Counts.Sum(), restarted.RowsInFailed));
        Assert.Equal((1, 0L, 0L), (restarted.FilesSkipped, restarted.Bytes, restarted.BytesDone));
    }

    [Fact]
    public void Files_HoweverFarTheyAre_AreEachCountedOnce()
    {
        using var run = new CoreHarness(8, 8, 8, 8);
        EndOneScoreOneBeginOne(run);

        var now = run.Core.Snapshot(run.Now);

        Assert.Equal(
            (1, 1, 1, 1), (now.FilesDone, now.FilesBuilding, now.FilesWorking, now.FilesWaiting));
        Assert.Equal(406, now.Bytes);
        Assert.InRange(now.BytesDone, 100, 103);
        run.Restart();
        var restarted = run.Core.Snapshot(run.Now);
        Assert.Equal((now.Bytes, now.BytesDone), (restarted.Bytes, restarted.BytesDone));
    }

    [Fact]
    public void Warning_OfOneFileOrSeveral_NamesThem()
    {
        using var run = new CoreHarness(0, 0, 0);
        var builder = run.JoinIdle("a");
        for (var i = 0; i < 3; i++)
        {
            string[] warnings = i == 1 ? ["metadata 'a' is left out", "only here"] : ["metadata 'a' is left out"];
            run.Deliver(builder.BuildLeases.Last(), finish: true, warnings);
            run.Request(builder);
        }

        string Name(int file) => run.Ledger.ReadFile(file).Record.Name;
        Assert.Equal(
            [$"{Name(0)} and 2 files more: metadata 'a' is left out", $"{Name(1)}: only here"],
            Summarize(run).Warnings);
    }

    /// <summary>The first file is done, the second scored, of the third one window.</summary>
    private static void EndOneScoreOneBeginOne(CoreHarness run)
    {
        var session = run.Join("a");
        ScoreNext(run, session, windows: 2);
        run.Request(session);
        run.Deliver(session.BuildLeases.Single());
        ScoreNext(run, session, windows: 2);
        run.Request(session);
        ScoreNext(run, session, windows: 1);
    }

    private static void ScoreNext(CoreHarness run, FakeSession session, int windows)
    {
        run.Request(session);
        var lease = session.ScoreLeases.Last();
        for (var window = 0; window < windows; window++)
            run.Score(session, lease, window);
        if (windows == 2)
            run.End(session, lease.Fence, Outcome.Completed);
    }

    private static RunSummary Summarize(CoreHarness run) => RunSummary.Create(
        "running", run.Core, run.Ledger, new RunPlaces("/run", "/output", "/staging", "nonce"), before: (0, 0), seconds: 1);
}
