using System.Data.Common;
using FineWebTorch.Coordinator.Ledger;
using Dtype = FineWebTorch.Protos.V1.Dtype;
using Fault = FineWebTorch.Protos.V1.LeaseEnded.Types.Fault;

namespace FineWebTorch.Coordinator.Tests.Ledger;

/// <summary>What every ledger does.</summary>
public abstract class LedgerTests
{
    [Fact]
    public void Load_EmptyLedger_IsNull()
    {
        using var ledger = Open();

        Assert.Null(ledger.Load());
    }

    [Fact]
    public void Load_NewRun_GivesBackWhatWasCreated()
    {
        using (var ledger = Open())
            ledger.Create(Runs.Run(), [Runs.File(0, 10), Runs.File(1, 3) with { Columns = "a digest" }]);
        using var reopened = Open();

        var contents = reopened.Load()!;

        Assert.Equal(Runs.Run().Options, contents.Run.Options);
        Assert.Equal(Runs.Model.Files, contents.Run.Model.Files);
        Assert.Equal([Runs.File(0, 10), Runs.File(1, 3) with { Columns = "a digest" }], contents.Files);
    }

    [Fact]
    public void Commit_EveryKindOfChange_IsThereAfterReopening()
    {
        var batch = new BatchRecord(0, 1, [3, 0], [float.NegativeZero, 2.5f], "class a", 17);
        var shard = new ShardRecord(1, "data/x.parquet", 9, 123, "abc", 3, 1, 1, ["a warning"], Done: false)
        {
            ArrowBytes = 456,
            Built = DateTimeOffset.UnixEpoch.AddMilliseconds(1234),
        };
        var work = new WorkRecord(
            0, "w", "host/cpu", "a CPU", 2, DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddHours(1));
        using (var ledger = Create(Runs.File(0, 10), Runs.File(1, 3)))
            ledger.Commit(
            [
                new LedgerChange.PrecisionFixed(Dtype.Fp16, 512),
                new LedgerChange.FileDigested(0, "sha"),
                new LedgerChange.AttemptFailed(new FailureRecord(0, "w", "worker", "why")),
                new LedgerChange.FileFailed(1, "bad"),
                new LedgerChange.LeaseGranted(new LeaseRecord(7, LeaseKind.Score, 0, new WindowRange(0, 3), "w")),
                new LedgerChange.LeaseShrunk(7, 2),
                new LedgerChange.BatchStored(batch),
                new LedgerChange.ShardPrepared(shard),
                new LedgerChange.ShardDone(1),
                new LedgerChange.WorkDone(work),
                new LedgerChange.WorkDone(work with { First = work.Last, Rows = 3, Last = work.Last.AddHours(1) }),
            ]);
        using var reopened = Open();

        var contents = reopened.Load()!;

        Assert.Equal((Dtype.Fp16, 512), (contents.Run.Dtype, contents.Run.TokenBudget));
        Assert.Equal(("sha", "bad"), (contents.Files[0].Sha256, reopened.ReadFile(1).Record.Failure));
        Assert.Equal([new FailureRecord(0, "w", "worker", "why")], contents.Failures);
        Assert.Equal([new LeaseRecord(7, LeaseKind.Score, 0, new WindowRange(0, 2), "w")], contents.Leases);
        Assert.Equal(batch.Rows, contents.Batches.Single().Rows);
        Assert.Equal(
            batch.Scores.Select(BitConverter.SingleToInt32Bits),
            contents.Batches.Single().Scores.Select(BitConverter.SingleToInt32Bits));
        Assert.Empty(contents.Shards);
        var stored = reopened.ReadFile(1).Shard!;
        Assert.Equal(shard with { Done = true, Warnings = stored.Warnings }, stored);
        Assert.Equal(["a warning"], stored.Warnings);
        Assert.Equal([work with { Rows = 5, Last = work.Last.AddHours(1) }], contents.Work);
    }

    [Fact]
    public void Commit_WhoIsAtFault_IsThereAfterReopening()
    {
        var failure = new FailureRecord(1, "v", "a healthy one", "why")
        {
            Kind = LeaseKind.Build,
            Fault = Fault.Machine,
            Machine = "host",
        };
        using (var ledger = Create(Runs.File(0, 10), Runs.File(1, 3)))
            ledger.Commit(
            [
                new LedgerChange.AttemptFailed(new FailureRecord(0, "w", "a sick one", "why")),
                new LedgerChange.AttemptFailed(failure),
                new LedgerChange.WorkerQuarantined(new QuarantineRecord("u", "another", "its device has failed")),
                new LedgerChange.WorkerQuarantined(new QuarantineRecord("w", "a sick one", "first")),
                new LedgerChange.WorkerQuarantined(new QuarantineRecord("w", "a sick one", "3 in a row")),
                new LedgerChange.WorkerAllowed("u"),
                new LedgerChange.SuspectNoted(new SuspectRecord(0, 1, 1, 4, [])),
                new LedgerChange.SuspectNoted(new SuspectRecord(0, 1, 0, 4, [[0, 2], [3]])),
                new LedgerChange.SuspectNoted(new SuspectRecord(0, 2, 1, 2, [])),
                new LedgerChange.SuspectCleared(0, 2),
            ]);
        using var reopened = Open();

        var contents = reopened.Load()!;

        // The failures of a worker that is quarantined are taken back.
        Assert.Equal([failure], contents.Failures);
        Assert.Equal([new QuarantineRecord("w", "a sick one", "3 in a row")], contents.Quarantined);
        var suspect = Assert.Single(contents.Suspects);
        Assert.Equal((0, 1, 0, 4), (suspect.File, suspect.Window, suspect.Ends, suspect.Unstored));
        Assert.Equal([[0, 2], [3]], suspect.Groups);
    }

    [Fact]
    public void Commit_StepsAndPublication_TellWhatIsCommittedWhereAndWhatWaits()
    {
        using (var ledger = Create(Runs.File(0, 10), Runs.File(1, 3), Runs.File(2, 3), Runs.File(3, 3)))
        {
            ledger.Commit([.. Enumerable.Range(0, 4).Select(file => new LedgerChange.ShardPrepared(Shard(file)))]);
            ledger.Commit([.. Enumerable.Range(0, 3).Select(file => new LedgerChange.ShardDone(file))]);
            ledger.Commit([new LedgerChange.PullRequestNoted(new PullRequestRecord("5f1c", null))]);
            Assert.Equal(new PullRequestRecord("5f1c", null), ledger.Load()!.PullRequest);
            ledger.Commit(
            [
                new LedgerChange.PullRequestNoted(new PullRequestRecord("5f1c", 7)),
                new LedgerChange.ShardsCommitted(7, [0, 2]),
                new LedgerChange.PublicationNoted(new PublicationRecord("all", ["a page"])),
            ]);
            // It is made anew: another one.
            ledger.Commit([new LedgerChange.ShardDropped(2), new LedgerChange.ShardPrepared(Shard(2))]);
        }

        using var reopened = Open();
        var contents = reopened.Load()!;

        Assert.Equal(new PullRequestRecord("5f1c", 7), contents.PullRequest);
        Assert.Equal([7, null, null, null], reopened.ReadFiles().Select(file => file.Shard!.PullRequest));
        Assert.Equal((2, 1), (contents.Finished.Files.Count, contents.Finished.Committed));
        Assert.Equal([1], reopened.ReadUncommittedShards().Select(shard => shard.File));
        Assert.Equal(("all", "a page"), (contents.Publication!.Content, contents.Publication.Commits.Single()));
    }

    [Fact]
    public void Commit_LeaseClosed_LeavesNone()
    {
        using var ledger = Create(Runs.File(0, 10));
        ledger.Commit([new LedgerChange.LeaseGranted(new LeaseRecord(41, LeaseKind.Build, 0, default, "w"))]);
        ledger.Commit([new LedgerChange.LeaseClosed(41)]);

        Assert.Empty(ledger.Load()!.Leases);
    }

    [Fact]
    public void Commit_WindowCompleted_TakesThePlaceOfItsBatches()
    {
        using var ledger = Create(Runs.File(0, 10));
        ledger.Commit([Batch(window: 0), Batch(window: 1)]);
        var window = new WindowRecord(0, 1, 2, 1, 0, 30, new Dictionary<string, long> { ["class a"] = 2 });
        ledger.Commit([new LedgerChange.WindowCompleted(window, [4.5f, 0.25f])]);

        var contents = ledger.Load()!;

        Assert.Equal([0], contents.Batches.Select(batch => batch.Window));
        Assert.Equal(window.RowsByClass, contents.Windows.Single().RowsByClass);
        Assert.Equal([4.5f, 0.25f], ledger.ReadScores(0).Single().Scores);
    }

    [Fact]
    public void Commit_OneChangeFails_NoneOfTheTransactionIsThere()
    {
        using var ledger = Create(Runs.File(0, 10));
        var grant = new LedgerChange.LeaseGranted(new LeaseRecord(1, LeaseKind.Score, 0, new WindowRange(0, 1), "w"));

        Assert.ThrowsAny<DbException>(() => ledger.Commit([Batch(window: 0), grant, grant]));

        Assert.Empty(ledger.Load()!.Batches);
        // The first batch of its numeric class again, which is no longer known.
        ledger.Commit([Batch(window: 0), grant]);
        Assert.Single(ledger.Load()!.Batches);
        Assert.Single(ledger.Load()!.Leases);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Commit_ShardPreparedAnew_LeavesNothingOfTheOneBefore(bool done)
    {
        using var ledger = Create(Runs.File(0, 10));
        var second = new ShardRecord(0, "data/b.parquet", 8, 7, "def", 6, 5, 4, ["a warning"], done)
        {
            ArrowBytes = 3,
            Built = DateTimeOffset.UnixEpoch.AddDays(1),
        };

        ledger.Commit([new LedgerChange.ShardPrepared(Shard(0)), new LedgerChange.ShardsCommitted(7, [0])]);
        ledger.Commit([new LedgerChange.ShardPrepared(second)]);

        var found = ledger.ReadFile(0).Shard!;
        Assert.Equal(["a warning"], found.Warnings);
        Assert.Equal(second, found with { Warnings = second.Warnings });
    }

    [Fact]
    public void Commit_PublishedTwice_KeepsTheLast()
    {
        using var ledger = Create(Runs.File(0, 10));

        ledger.Commit([new LedgerChange.PublicationNoted(new PublicationRecord("three", ["a page"]))]);
        ledger.Commit([new LedgerChange.PublicationNoted(new PublicationRecord("all", ["a page", "another"]))]);

        Assert.Equal("all", ledger.Load()!.Publication!.Content);
        Assert.Equal(["a page", "another"], ledger.Load()!.Publication!.Commits);
    }

    [Fact]
    public void ReadScores_WhileChangesAreCommitted_GivesThem()
    {
        using var ledger = Create(Runs.File(0, 10));
        ledger.Commit([Window(0, [1f])]);
        using var scores = ledger.ReadScores(0).GetEnumerator();
        Assert.True(scores.MoveNext());

        ledger.Commit([Window(1, [2f])]);

        Assert.True(scores.MoveNext());
        Assert.Equal([2f], scores.Current.Scores);
    }

    [Fact]
    public void Commit_WhatAPersonHasSet_IsThereUntilItIsTakenBack()
    {
        using var ledger = Create(Runs.File(0, 10));
        ledger.Commit([
            new LedgerChange.PausedSet(true), new LedgerChange.PausedSet(true), new LedgerChange.BanSet("a*", true),
            new LedgerChange.BanSet("b", true), new LedgerChange.BanSet("a*", true)]);
        var contents = ledger.Load()!;
        Assert.True(contents.Paused);
        Assert.Equal(["a*", "b"], contents.Bans.Order(StringComparer.Ordinal));

        ledger.Commit([new LedgerChange.PausedSet(false), new LedgerChange.BanSet("a*", false)]);
        contents = ledger.Load()!;
        Assert.False(contents.Paused);
        Assert.Equal(["b"], contents.Bans);
    }

    [Fact]
    public void Commit_FileAdded_StandsBehindTheOthers()
    {
        using var ledger = Create(Runs.File(0, 10), Runs.File(1, 10));
        ledger.Commit([new LedgerChange.FileAdded(Runs.File(2, 7))]);

        Assert.Equal([10L, 10L, 7L], ledger.Load()!.Files.Select(file => file.Rows));
    }

    [Theory]
    [InlineData(true, 1)]
    [InlineData(false, 2)]
    public void Commit_FileReplaced_DropsScoresOnlyWhenTold(bool drop, int expectedFailuresAndWindows)
    {
        using var ledger = Create(Runs.File(0, 10), Runs.File(1, 10));
        var replaced = new FileRecord(0, "new", "/in/new", 7, 8, "e", 11, "data/new", Failure: null) { Columns = "c" };
        ledger.Commit(
        [
            Window(0, [1f]), Window(0, [1f], file: 1), Batch(window: 1),
            new LedgerChange.AttemptFailed(new FailureRecord(0, "w", "w", "why")),
            new LedgerChange.FileReplaced(replaced, drop),
        ]);

        var contents = ledger.Load()!;

        Assert.Equal(expectedFailuresAndWindows, contents.Windows.Count);
        Assert.Equal(drop ? 0 : 1, contents.Batches.Count);
        Assert.Empty(contents.Failures);
        Assert.Equal(replaced, contents.Files[0]);
    }

    [Fact]
    public void Commit_ShardDone_LeavesTotalsInThePlaceOfWindows()
    {
        using var ledger = Create(Runs.File(0, 10), Runs.File(1, 10));
        ledger.Commit(
        [
            Scored(0, 0, "class a", [4f, 0.5f]), Scored(0, 1, "class b", [1f]), Scored(0, 2, "class a", [2f, 3f]),
            Scored(1, 0, "class b", [1f]),
            new LedgerChange.ShardPrepared(Shard(0)),
            new LedgerChange.ShardDone(0),
        ]);

        var contents = ledger.Load()!;

        Assert.Equal([1], contents.Windows.Select(window => window.File));
        Assert.Empty(contents.Totals);
        var totals = ledger.ReadFile(0).Totals!;
        Assert.Equal((0, 3, 5L, 3L, 6L, 50L), (totals.File, totals.Windows, totals.Rows, totals.Kept,
            totals.Unscorable, totals.Tokens));
        Assert.Equal(
            [new("class a", 4), new("class b", 1)], totals.RowsByClass.OrderBy(one => one.Key, StringComparer.Ordinal));
        Assert.Equal([4f, 0.5f, 1f, 2f, 3f], ledger.ReadScores(0).SelectMany(window => window.Scores));
    }

    [Fact]
    public void Commit_ShardLostAndBuiltAgain_CountsNoWindowTwice()
    {
        using var ledger = Create(Runs.File(0, 10));
        ledger.Commit([Scored(0, 0, "class a", [4f]), new LedgerChange.ShardPrepared(Shard(0)), new LedgerChange.ShardDone(0)]);
        ledger.Commit([new LedgerChange.ShardDropped(0)]);
        var between = ledger.Load()!;
        ledger.Commit([new LedgerChange.ShardPrepared(Shard(0)), new LedgerChange.ShardDone(0)]);

        Assert.Empty(between.Shards);
        Assert.Equal(1, Assert.Single(between.Totals).Rows);
        Assert.Equal(1, ledger.ReadFile(0).Totals!.Rows);
        Assert.Equal(1, ledger.Load()!.Finished.Rows);
    }

    [Fact]
    public void Commit_FinishedFileReplacedByAnother_LeavesNothingOfItsScores()
    {
        using var ledger = Create(Runs.File(0, 10));
        ledger.Commit([Scored(0, 0, "class a", [4f]), new LedgerChange.ShardPrepared(Shard(0)), new LedgerChange.ShardDone(0)]);
        ledger.Commit([new LedgerChange.FileReplaced(Runs.File(0, 11), DropScores: true)]);

        Assert.Null(ledger.ReadFile(0).Totals);
        Assert.Equal(0, ledger.Load()!.Finished.Rows);
        Assert.Empty(ledger.ReadScores(0));
        ledger.Commit([Scored(0, 0, "class a", [1f])]);
        Assert.Equal([1f], ledger.ReadScores(0).Single().Scores);
    }

    [Fact]
    public void Load_FilesThatAreDone_AreCountedAndLeftOut()
    {
        static WorkRecord Work(int file, string device) => new(
            file, "w", "worker", device, 1, DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch);
        using var ledger = Create([.. Enumerable.Range(0, 4).Select(file => Runs.File(file, 10))]);
        ledger.Commit(
        [
            Scored(0, 0, "class b", [1f]), Scored(1, 0, "class a", [4f, 0.5f]), Scored(2, 0, "class b", [2f]),
            Scored(2, 1, "class a", [3f, 4f, 5f]),
            .. Enumerable.Range(0, 4).Select(file => new LedgerChange.WorkDone(Work(file, $"device {file}"))),
            .. Enumerable.Range(0, 3).Select(file => new LedgerChange.AttemptFailed(new FailureRecord(file, "w", "w", "why"))),
            .. Enumerable.Range(0, 3).Select(file => new LedgerChange.ShardPrepared(Shard(file))),
            new LedgerChange.ShardDone(1), new LedgerChange.ShardDone(2), new LedgerChange.ShardsCommitted(7, [2]),
            new LedgerChange.LeaseGranted(new LeaseRecord(7, LeaseKind.Score, 3, new WindowRange(0, 1), "w")),
        ]);

        var contents = ledger.Load()!;

        Assert.Equal(4, contents.FileCount);
        Assert.Equal([0, 3], contents.Files.Select(file => file.Index));
        Assert.Equal([0], contents.Shards.Select(shard => shard.File));
        Assert.Equal([0], contents.Failures.Select(failure => failure.File));
        Assert.Equal([0, 3], contents.Work.Select(work => work.File));
        Assert.Equal(["device 3"], contents.Holders.Select(work => work.Device));
        var finished = contents.Finished;
        Assert.Equal([1, 2], finished.Files);
        var files = finished.Files.Select(file => ledger.ReadFile(file).Totals!).ToList();
        Assert.Equal((1, 6L), (finished.Committed, finished.Rows));
        Assert.Equal(
            (files.Sum(file => file.Rows), files.Sum(file => file.Kept), files.Sum(file => file.Unscorable),
                files.Sum(file => file.Tokens)),
            (finished.Rows, finished.Kept, finished.Unscorable, finished.Tokens));
        Assert.Equal([new("class a", 5), new("class b", 1)], finished.RowsByClass);
    }

    /// <summary>More than are read at a time.</summary>
    [Fact]
    public void ReadFiles_ManyFiles_GivesEachOnceInOrderAsItIs()
    {
        using var ledger = Create([.. Enumerable.Range(0, 1203).Select(file => Runs.File(file, 10))]);
        ledger.Commit(
        [
            Scored(1001, 0, "class a", [4f]), new LedgerChange.ShardPrepared(Shard(1001)), new LedgerChange.ShardDone(1001),
            new LedgerChange.ShardPrepared(Shard(1202)),
        ]);

        var files = ledger.ReadFiles().ToList();

        Assert.Equal(Enumerable.Range(0, 1203).Select(file => Runs.File(file, 10)), files.Select(file => file.Record));
        Assert.Equal([1001], files.Where(file => file.IsDone).Select(file => file.Record.Index));
        Assert.Equal([1001, 1202], files.Where(file => file.Shard is not null).Select(file => file.Shard!.File));
        Assert.Equal([1001], files.Where(file => file.Totals is not null).Select(file => file.Totals!.File));
        Assert.All([0, 1001, 1202], index => Assert.Equal(
            (files[index].Record, files[index].Shard?.Sha256, files[index].Totals?.Rows),
            (ledger.ReadFile(index).Record, ledger.ReadFile(index).Shard?.Sha256, ledger.ReadFile(index).Totals?.Rows)));
    }

    /// <summary>More windows than are read at a time, with gaps.</summary>
    [Fact]
    public void ReadScores_ManySmallWindows_GivesEachOnceInOrder()
    {
        using var ledger = Create(Runs.File(0, 100_000));
        var windows = Enumerable.Range(0, 3000).Select(index => index * 2).ToList();
        ledger.Commit([.. windows.Select(window => Window(window, [window]))]);

        Assert.Equal(windows, ledger.ReadScores(0).Select(window => window.Window));
        Assert.Equal(windows.Select(window => (float)window), ledger.ReadScores(0).Select(window => window.Scores[0]));
    }

    [Fact]
    public void Load_RowNumbersBeyondTwoBytes_AreThoseStored()
    {
        using var ledger = Create(Runs.File(0, 1 << 20));
        uint[] rows = [0, 65_535, 65_536, 1_048_575];
        ledger.Commit([new LedgerChange.BatchStored(new BatchRecord(0, 0, rows, [1, 2, 3, 4], "class a", 5))]);
        ledger.Commit([new LedgerChange.BatchStored(new BatchRecord(0, 1, [65_535, 7], [1, 2], "class a", 5))]);

        var batches = ledger.Load()!.Batches;

        Assert.Equal(rows, batches[0].Rows);
        Assert.Equal([65_535u, 7u], batches[1].Rows);
    }

    [Fact]
    public void ReadFile_WorkOfOthers_InTheOrderInWhichTheyBegan()
    {
        static WorkRecord Work(int file, string worker, int hour) => new(
            file, worker, worker, "a CPU", 1, DateTimeOffset.UnixEpoch.AddHours(hour), DateTimeOffset.UnixEpoch.AddHours(9));
        using var ledger = Create(Runs.File(0, 10), Runs.File(1, 10));
        ledger.Commit([.. new[] { Work(0, "a", 2), Work(0, "b", 1), Work(1, "c", 0) }
            .Select(work => new LedgerChange.WorkDone(work))]);

        Assert.Equal(["b", "a"], ledger.ReadFile(0).Work.Select(work => work.WorkerId));
    }

    /// <summary>The same ledger every time.</summary>
    private protected abstract ILedger Open();

    private protected ILedger Create(params FileRecord[] files)
    {
        var ledger = Open();
        ledger.Create(Runs.Run(), files);
        return ledger;
    }

    private protected static LedgerChange.BatchStored Batch(int window) =>
        new(new BatchRecord(0, window, [0], [1f], "class a", 5));

    private protected static LedgerChange.WindowCompleted Window(int window, float[] scores, int file = 0) => new(
        new WindowRecord(file, window, scores.Length, 0, 0, 1, new Dictionary<string, long>()), scores);

    private protected static ShardRecord Shard(int file) =>
        new(file, $"data/{file}.parquet", 9, 123, "abc", 3, 1, 1, [], Done: false);

    /// <summary>A window of which one row is kept and two cannot be scored, so that sums can be told from counts.
    /// </summary>
    private static LedgerChange.WindowCompleted Scored(int file, int window, string numericClass, float[] scores) => new(
        new WindowRecord(
            file, window, scores.Length, 1, 2, scores.Length * 10,
            new Dictionary<string, long> { [numericClass] = scores.Length }),
        scores);
}
