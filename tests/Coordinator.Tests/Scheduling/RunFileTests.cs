using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Scheduling;

namespace FineWebTorch.Coordinator.Tests.Scheduling;

/// <summary>What is left to be handed out of a file of ten windows.</summary>
public sealed class RunFileTests
{
    private readonly RunFile _file = new(Runs.File(0, 40), rows: 40, windows: 10);

    [Fact]
    public void Windows_HeldAndGivenBack_AreCounted()
    {
        var lease = Lease(2, 6);
        _file.MarkComplete(3);
        Assert.Equal(9, _file.UnleasedWindows);

        _file.Add(lease);
        Assert.Equal((6, new WindowRange(0, 2), new WindowRange(6, 10)),
            (_file.UnleasedWindows, _file.FirstUnleased(), _file.FirstUnleased(3)));
        _file.MarkComplete(4);
        _file.Shrink(lease, 5);
        Assert.Equal((7, new WindowRange(5, 10)), (_file.UnleasedWindows, _file.FirstUnleased(4)));
        _file.Remove(lease);

        Assert.Equal((8, new WindowRange(0, 10)), (_file.UnleasedWindows, _file.FirstUnleased()));
    }

    [Fact]
    public void FirstUnleased_EndsWithAnIncompleteWindow()
    {
        foreach (var window in (int[])[0, 4, 8, 9])
            _file.MarkComplete(window);
        Assert.Equal(new WindowRange(1, 8), _file.FirstUnleased());
        Assert.Equal(new WindowRange(5, 8), _file.FirstUnleased(4));
        Assert.Null(_file.FirstUnleased(8));

        Assert.Equal(new WindowRange(1, 8), _file.IncompletePartOf(new WindowRange(0, 10)));
        Assert.Equal(new WindowRange(3, 4), _file.IncompletePartOf(new WindowRange(3, 5)));
        Assert.Equal(6, _file.IncompleteIn(new WindowRange(0, 10)));
        Assert.Equal(1, _file.IncompleteIn(new WindowRange(3, 5)));
        Assert.Equal(0, _file.IncompleteIn(new WindowRange(5, 5)));
    }

    [Fact]
    public void Probed_IsHandedOutFirstAndAlone()
    {
        _file.Probe(7);
        _file.Probe(7);
        Assert.True(_file.IsProbedNext);
        Assert.Equal((9, new WindowRange(7, 8), new WindowRange(0, 7)),
            (_file.UnleasedWindows, _file.FirstUnleased(), _file.FirstUnleased(0)));
        var probe = new RunLease(1, LeaseKind.Score, 0, new WindowRange(7, 8), "prober") { Probe = [1] };

        _file.Add(probe);

        Assert.Equal((9, "prober", false), (_file.UnleasedWindows, _file.LastProber, _file.IsProbedNext));
        Assert.Equal(new WindowRange(0, 7), _file.FirstUnleased());
        _file.Remove(probe);
        Assert.Equal(9, _file.UnleasedWindows);
        _file.MarkComplete(7);
        Assert.Equal((9, false), (_file.UnleasedWindows, _file.IsProbedNext));
    }

    [Fact]
    public void Suspect_IsOneUntilItIsComplete()
    {
        _file.MarkComplete(1);
        _file.Suspect(1);
        _file.Suspect(5);

        Assert.False(_file.HasSuspect(new WindowRange(0, 5)));
        Assert.True(_file.HasSuspect(new WindowRange(5, 6)));
        _file.MarkComplete(5);
        Assert.False(_file.HasSuspect(new WindowRange(0, 10)));
    }

    [Fact]
    public void Reopened_AsAnotherFile_IsAllToBeScored()
    {
        _file.Probe(2);
        _file.Add(new FailedAttempt("w", "worker", "it fell over"), TimeSpan.FromSeconds(9));
        _file.NoteLost(TimeSpan.FromSeconds(1));
        _file.Fail("it is broken");

        _file.Reopen(Runs.File(0, 12), rows: 12, windows: 3);

        Assert.Equal((3, 3, 12), (_file.Windows, _file.UnleasedWindows, _file.Rows));
        Assert.Equal((0, TimeSpan.Zero), (_file.LostInARow, _file.RetryAt));
        Assert.Equal((FileStage.Scoring, false, null), (_file.Stage, _file.IsProbed(2), _file.Record.Failure));
        Assert.Empty(_file.FailedAttempts);
        Assert.Equal(new WindowRange(0, 3), _file.FirstUnleased());
    }

    [Fact]
    public void Reopened_AsItWas_KeepsItsScores()
    {
        _file.MarkComplete(0);
        _file.Fail("it is broken");

        _file.Reopen(Runs.File(0, 40), rows: 40, windows: 10);

        Assert.Equal((FileStage.Scoring, 9, 1), (_file.Stage, _file.UnleasedWindows, _file.CompleteWindows));
    }

    [Fact]
    public void Dropped_IsScoredFromTheBeginning()
    {
        for (var window = 0; window < 10; window++)
            _file.MarkComplete(window);
        _file.Add(new WorkRecord(0, "w", "worker", "cpu", 40, default, default));
        Assert.Equal((FileStage.Scored, 0, false), (_file.Stage, _file.UnleasedWindows, _file.HasWork));

        _file.DropScores();

        Assert.Equal((FileStage.Scoring, 10, 0), (_file.Stage, _file.UnleasedWindows, _file.CompleteWindows));
        Assert.True(_file.HasWork);
        Assert.Empty(_file.Work);
        Assert.Equal(0, _file.Totals.Rows);
    }

    [Fact]
    public void Changed_OfEveryChange_IsTold()
    {
        var told = 0;
        _file.Changed = _ => told++;
        Action[] changes =
        [
            () => _file.MarkComplete(0), () => _file.Probe(1), () => _file.NoteProgress("w"),
            () => _file.NoteLost(default), _file.BeginDigest, _file.EndDigest, () => _file.SetDigest("d"),
            () => _file.Fail("it is broken"), () => _file.Reopen(Runs.File(0, 40), 40, 10),
            _file.DropScores, _file.DropShard,
            () => _file.Add(new FailedAttempt("w", "worker", "it fell over"), default), () => _file.Forget(_ => true),
        ];

        foreach (var (index, change) in changes.Index())
        {
            change();
            Assert.Equal(index + 1, told);
        }

        _file.Forget(_ => true);
        _file.NoteProgress("w");
        Assert.Equal(changes.Length, told);
        _file.NoteProgress("other");
        Assert.Equal(changes.Length + 1, told);
    }

    [Fact]
    public void Window_CompleteForTheSecondTime_IsABug()
    {
        _file.MarkComplete(3);

        Assert.Contains("window 3 of file 0", Assert.Throws<InvalidOperationException>(() => _file.MarkComplete(3)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Totals_OfTheLedger_CompleteTheFileAtOnce()
    {
        var told = 0;
        _file.Changed = _ => told++;
        _file.MarkComplete(new FileTotalsRecord(0, 10, 40, 3, 2, 500, [KeyValuePair.Create("cpu", 40L)]));

        Assert.Equal((FileStage.Scored, 10, 0, 1), (_file.Stage, _file.CompleteWindows, _file.UnleasedWindows, told));
        Assert.True(_file.IsComplete(9));
        Assert.Equal((40, 3, 2, 500), (_file.Totals.Rows, _file.Totals.Kept, _file.Totals.Unscorable, _file.Totals.Tokens));
        Assert.Equal(40, _file.Totals.RowsByClass["cpu"]);
    }

    [Fact]
    public void Totals_OfAnotherNumberOfWindows_AreABug() => Assert.Contains(
        "file 0 has 10 windows, and totals over 9",
        Assert.Throws<InvalidOperationException>(
            () => _file.MarkComplete(new FileTotalsRecord(0, 9, 36, 0, 0, 0, []))).Message,
        StringComparison.Ordinal);

    [Fact]
    public void Stage_AtFirst_IsWhatTheLedgerSays()
    {
        Assert.Equal(FileStage.Failed, new RunFile(Runs.File(0, 4) with { Failure = "it is broken" }, 4, 1).Stage);
        Assert.Equal(FileStage.Scored, new RunFile(Runs.File(0, 0), 0, 0).Stage);
        Assert.Equal(FileStage.Scoring, new RunFile(Runs.File(0, 4), 4, 1).Stage);
    }

    [Fact]
    public void Work_OfOneWorker_IsOneRecord()
    {
        DateTimeOffset Time(int hour) => new(2026, 1, 1, hour, 0, 0, TimeSpan.Zero);
        _file.Add(new WorkRecord(0, "a", "a", "cpu", 8, Time(1), Time(2)));
        _file.Add(new WorkRecord(0, "b", "b", "cpu", 4, Time(2), Time(3)));
        _file.Add(new WorkRecord(0, "a", "a", "cpu", 12, Time(3), Time(4)));

        Assert.Equal([("a", 20, 1, 4), ("b", 4, 2, 3)],
            _file.Work.Select(work => (work.WorkerId, work.Rows, work.First.Hour, work.Last.Hour)));
    }

    private static RunLease Lease(int first, int end) => new(1, LeaseKind.Score, 0, new WindowRange(first, end), "w");
}
