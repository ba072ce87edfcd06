using FineWebTorch.Common;
using FineWebTorch.Coordinator.Ledger;
using Microsoft.Data.Sqlite;

namespace FineWebTorch.Coordinator.Tests.Ledger;

/// <summary>A ledger in a file, and what becomes of the file.</summary>
public sealed class SqliteLedgerTests : LedgerTests, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string FilePath => _folder["ledger.sqlite"];

    public void Dispose() => _folder.Dispose();

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

    /// <summary>A reader that held a transaction would hold up the log: it would grow as long as the reader lived.
    /// </summary>
    [Fact]
    public void ReadScores_ReaderThatStalls_DoesNotHoldUpTheLog()
    {
        using var ledger = Create(Runs.File(0, 1 << 20));
        ledger.Commit([.. Enumerable.Range(0, 8).Select(window => Window(window, new float[1 << 15]))]);
        using var stalled = ledger.ReadScores(0).GetEnumerator();
        Assert.True(stalled.MoveNext());

        ledger.Commit([.. Enumerable.Range(8, 8).Select(window => Window(window, new float[1 << 15]))]);

        Assert.Equal(0L, Pragma("wal_checkpoint(TRUNCATE)"));
        Assert.Equal(0, new FileInfo(FilePath + "-wal").Length);
        var read = 1;
        while (stalled.MoveNext())
            read++;
        Assert.Equal(16, read);
    }

    /// <summary>The goal is 6 bytes; 4 are the score itself.</summary>
    [Fact]
    public void Commit_FileThatIsDone_KeepsFewBytesARow()
    {
        const int rows = 16_384;
        const int windows = 20;
        using var ledger = Create(Runs.File(0, rows * windows));
        var numbers = Enumerable.Range(0, rows).Select(row => (uint)row).ToList();
        for (var window = 0; window < windows; window++)
        {
            var index = window;
            ledger.Commit([.. numbers.Chunk(256).Select(part => new LedgerChange.BatchStored(
                new BatchRecord(0, index, part, new float[part.Length], "class a", 5)))]);
            ledger.Commit([Window(window, new float[rows])]);
        }

        ledger.Commit([new LedgerChange.ShardPrepared(Shard(0)), new LedgerChange.ShardDone(0)]);
        Assert.Equal(0L, Pragma("wal_checkpoint(TRUNCATE)"));

        var bytes = new FileInfo(FilePath).Length / (double)(rows * windows);
        TestContext.Current.TestOutputHelper?.WriteLine($"{bytes:0.00} bytes a row");
        Assert.InRange(bytes, 4, 6);
    }

    [Fact]
    public void Dispose_LeavesTheFileAlone()
    {
        Create(Runs.File(0, 10)).Dispose();

        // Whoever has the last connection takes the log into the file.
        Assert.Equal(["ledger.sqlite"], Directory.GetFiles(_folder.Path).Select(Path.GetFileName));
    }

    [Fact]
    public void Commit_FileNoLongerTakesIt_IsAnErrorOfTheDiskAndNamesTheFile()
    {
        using var ledger = Create(Runs.File(0, 10));
        Execute("DROP TABLE leases");

        var failure = Assert.Throws<IOException>(() => ledger.Commit([new LedgerChange.LeaseClosed(1)]));

        Assert.Contains(FilePath, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void IsLed_IsNotForTheFileToSay()
    {
        using var ledger = Create(Runs.File(0, 10));

        Assert.False(ledger.IsLed);
    }

    [Fact]
    public void OpenReadOnly_FileWithoutALedger_IsRefusedAndLeftAsItIs()
    {
        File.WriteAllBytes(FilePath, []);

        Assert.Throws<UserErrorException>(() => SqliteLedger.OpenReadOnly(FilePath));

        Assert.Equal(0, new FileInfo(FilePath).Length);
    }

    [Fact]
    public void Open_NoDatabase_IsRefusedInOneLine()
    {
        File.WriteAllText(FilePath, "this is a text file, not a database, and longer than a header");

        var refusal = Assert.Throws<UserErrorException>(() => SqliteLedger.Open(FilePath));

        Assert.Contains(FilePath, refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(99)]
    public void Open_LedgerOfAnotherVersion_IsRefused(int version)
    {
        Create().Dispose();
        Pragma($"user_version = {version}");

        var refusal = Assert.Throws<UserErrorException>(() => SqliteLedger.Open(FilePath));

        Assert.Contains($"version {version}", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(["ledger.sqlite"], Directory.GetFiles(_folder.Path).Select(Path.GetFileName));
    }

    private object? Pragma(string pragma) => Execute($"PRAGMA {pragma}");

    private object? Execute(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={FilePath};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar();
    }

    private protected override ILedger Open() => SqliteLedger.Open(FilePath);
}
