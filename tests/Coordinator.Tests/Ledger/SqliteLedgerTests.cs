using FineWebTorch.Common;
using FineWebTorch.Coordinator.Ledger;
using Microsoft.Data.Sqlite;
using Dtype = FineWebTorch.Protos.V1.Dtype;

namespace FineWebTorch.Coordinator.Tests.Ledger;

public sealed class SqliteLedgerTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string FilePath => _folder["ledger.sqlite"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Load_EmptyLedger_IsNull()
    {
        using var ledger = SqliteLedger.Open(FilePath);

        Assert.Null(ledger.Load());
    }

    [Fact]
    public void Load_NewRun_GivesBackWhatWasCreated()
    {
        using (var ledger = SqliteLedger.Open(FilePath))
            ledger.Create(Runs.Run(), [Runs.File(0, 10), Runs.File(1, 3)]);
        using var reopened = SqliteLedger.Open(FilePath);

        var contents = reopened.Load()!;

        Assert.Equal(Runs.Run().Options, contents.Run.Options);
        Assert.Equal(Runs.Model.Files, contents.Run.Model.Files);
        Assert.Equal([Runs.File(0, 10), Runs.File(1, 3)], contents.Files);
        Assert.Equal(0UL, contents.LastFence);
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
        using var reopened = SqliteLedger.Open(FilePath);

        var contents = reopened.Load()!;

        Assert.Equal((Dtype.Fp16, 512), (contents.Run.Dtype, contents.Run.TokenBudget));
        Assert.Equal(("sha", "bad"), (contents.Files[0].Sha256, contents.Files[1].Failure));
        Assert.Equal([new FailureRecord(0, "w", "worker", "why")], contents.Failures);
        Assert.Equal([new LeaseRecord(7, LeaseKind.Score, 0, new WindowRange(0, 2), "w")], contents.Leases);
        Assert.Equal(batch.Rows, contents.Batches.Single().Rows);
        Assert.Equal(
            batch.Scores.Select(BitConverter.SingleToInt32Bits),
            contents.Batches.Single().Scores.Select(BitConverter.SingleToInt32Bits));
        Assert.Equal(shard with { Done = true, Warnings = contents.Shards[0].Warnings }, contents.Shards.Single());
        Assert.Equal(["a warning"], contents.Shards[0].Warnings);
        Assert.Equal([work with { Rows = 5, Last = work.Last.AddHours(1) }], contents.Work);
    }

    [Fact]
    public void Commit_LeaseClosed_LeavesLastFenceStanding()
    {
        using var ledger = Create(Runs.File(0, 10));
        ledger.Commit([new LedgerChange.LeaseGranted(new LeaseRecord(41, LeaseKind.Build, 0, default, "w"))]);
        ledger.Commit([new LedgerChange.LeaseClosed(41)]);

        var contents = ledger.Load()!;

        Assert.Empty(contents.Leases);
        Assert.Equal(41UL, contents.LastFence);
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

        Assert.Throws<SqliteException>(() => ledger.Commit([Batch(window: 0), grant, grant]));

        Assert.Empty(ledger.Load()!.Batches);
        ledger.Commit([grant]);
        Assert.Single(ledger.Load()!.Leases);
    }

    [Fact]
    public void Load_ProcessDiedWithItsConnectionOpen_HasAllThatWasCommitted()
    {
        using var abandoned = Create(Runs.File(0, 10));
        abandoned.Commit([Batch(window: 0)]);
        // What a killed process leaves: the files as they lie on disk, the write-ahead log among them.
        foreach (var path in Directory.GetFiles(_folder.Path))
            File.Copy(path, _folder["copy", Path.GetFileName(path)]);

        using var survivor = SqliteLedger.Open(_folder["copy", "ledger.sqlite"]);

        Assert.Single(survivor.Load()!.Batches);
    }

    [Fact]
    public void Load_WriteAheadLogCutOff_KeepsWholeTransactionsOnly()
    {
        using var abandoned = Create(Runs.File(0, 10));
        abandoned.Commit([Batch(window: 0)]);
        var whole = new FileInfo(FilePath + "-wal").Length;
        abandoned.Commit([Batch(window: 1), Batch(window: 2)]);
        foreach (var path in Directory.GetFiles(_folder.Path))
            File.Copy(path, _folder["copy", Path.GetFileName(path)]);
        File.Delete(_folder["copy", "ledger.sqlite-shm"]);
        using (var log = File.OpenWrite(_folder["copy", "ledger.sqlite-wal"]))
            log.SetLength(whole + ((log.Length - whole) / 2));

        using var survivor = SqliteLedger.Open(_folder["copy", "ledger.sqlite"]);

        Assert.Equal([0], survivor.Load()!.Batches.Select(batch => batch.Window));
    }

    [Fact]
    public void ReadScores_WhileATransactionIsOpen_GivesWhatWasCommitted()
    {
        using var ledger = Create(Runs.File(0, 10));
        ledger.Commit([Window(0, [1f])]);
        using var scores = ledger.ReadScores(0).GetEnumerator();
        Assert.True(scores.MoveNext());

        ledger.Commit([Window(1, [2f])]);

        Assert.Equal(2, ledger.ReadScores(0).Count());
    }

    [Theory]
    [InlineData(true, 1)]
    [InlineData(false, 2)]
    public void Commit_FileReplaced_DropsScoresOnlyWhenTold(bool drop, int expectedFailuresAndWindows)
    {
        using var ledger = Create(Runs.File(0, 10), Runs.File(1, 10));
        ledger.Commit(
        [
            Window(0, [1f]), Window(0, [1f], file: 1), Batch(window: 1),
            new LedgerChange.AttemptFailed(new FailureRecord(0, "w", "w", "why")),
            new LedgerChange.FileReplaced(Runs.File(0, 11), drop),
        ]);

        var contents = ledger.Load()!;

        Assert.Equal(expectedFailuresAndWindows, contents.Windows.Count);
        Assert.Equal(drop ? 0 : 1, contents.Batches.Count);
        Assert.Empty(contents.Failures);
        Assert.Equal(11, contents.Files[0].Rows);
    }

    [Fact]
    public void Open_NoDatabase_IsRefusedInOneLine()
    {
        File.WriteAllText(FilePath, "this is a text file, not a database, and longer than a header");

        var refusal = Assert.Throws<UserErrorException>(() => SqliteLedger.Open(FilePath));

        Assert.Contains(FilePath, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_LedgerOfALaterVersion_IsRefused()
    {
        Create().Dispose();
        using (var connection = new SqliteConnection($"Data Source={FilePath};Pooling=False"))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = "PRAGMA user_version = 99";
            command.ExecuteNonQuery();
        }

        var refusal = Assert.Throws<UserErrorException>(() => SqliteLedger.Open(FilePath));

        Assert.Contains("version 99", refusal.Message, StringComparison.Ordinal);
    }

    private static LedgerChange.BatchStored Batch(int window) =>
        new(new BatchRecord(0, window, [0], [1f], "class a", 5));

    private static LedgerChange.WindowCompleted Window(int window, float[] scores, int file = 0) => new(
        new WindowRecord(file, window, scores.Length, 0, 0, 1, new Dictionary<string, long>()), scores);

    private SqliteLedger Create(params FileRecord[] files)
    {
        var ledger = SqliteLedger.Open(FilePath);
        ledger.Create(Runs.Run(), files);
        return ledger;
    }
}
