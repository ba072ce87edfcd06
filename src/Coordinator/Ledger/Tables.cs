using System.Text.Json;
using FineWebTorch.Common;
using FineWebTorch.Protos.V1;
using Microsoft.Data.Sqlite;

namespace FineWebTorch.Coordinator.Ledger;

/// <summary>The tables of <see cref="SqliteLedger"/>.</summary>
internal static class Schema
{
    /// <summary>Raised with every change to the tables; a ledger of another version is refused.</summary>
    public const int Version = 4;

    public const string Tables = """
        CREATE TABLE run (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            run_id TEXT NOT NULL,
            options TEXT NOT NULL,          -- JSON object
            model TEXT NOT NULL,            -- JSON object
            dtype INTEGER NOT NULL,
            token_budget INTEGER NOT NULL,
            program_version TEXT NOT NULL,
            last_fence INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE files (
            file INTEGER PRIMARY KEY,       -- place in the run's order, from 0
            name TEXT NOT NULL,
            path TEXT NOT NULL,
            size INTEGER NOT NULL,
            modified INTEGER NOT NULL,      -- UTC ticks
            sha256 TEXT,
            row_count INTEGER NOT NULL,
            shard_name TEXT NOT NULL,
            failure TEXT,                   -- the reason
            columns TEXT                    -- a digest
        ) STRICT;
        CREATE TABLE failures (
            file INTEGER NOT NULL,
            worker_id TEXT NOT NULL,
            worker TEXT NOT NULL,
            reason TEXT NOT NULL
        ) STRICT;
        CREATE TABLE leases (
            fence INTEGER PRIMARY KEY,
            kind INTEGER NOT NULL,          -- 1 score, 2 build
            file INTEGER NOT NULL,
            first_window INTEGER NOT NULL,
            end_window INTEGER NOT NULL,
            worker_id TEXT NOT NULL
        ) STRICT;
        CREATE TABLE numeric_classes (
            id INTEGER PRIMARY KEY,
            name TEXT NOT NULL UNIQUE
        ) STRICT;
        CREATE TABLE batches (              -- of windows that are not complete
            id INTEGER PRIMARY KEY,
            file INTEGER NOT NULL,
            window INTEGER NOT NULL,
            window_rows BLOB NOT NULL,      -- uint32 little-endian, each within the window
            scores BLOB NOT NULL,           -- fp32 little-endian
            numeric_class INTEGER NOT NULL REFERENCES numeric_classes (id),
            tokens INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX batches_of_window ON batches (file, window);
        CREATE TABLE windows (
            file INTEGER NOT NULL,
            window INTEGER NOT NULL,
            row_count INTEGER NOT NULL,
            kept INTEGER NOT NULL,
            unscorable INTEGER NOT NULL,
            tokens INTEGER NOT NULL,
            rows_by_class TEXT NOT NULL,    -- JSON object
            scores BLOB NOT NULL,           -- fp32 little-endian, one a row
            PRIMARY KEY (file, window)
        ) STRICT;
        CREATE TABLE shards (
            file INTEGER PRIMARY KEY,
            name TEXT NOT NULL,
            fence INTEGER NOT NULL,
            size INTEGER NOT NULL,
            sha256 TEXT NOT NULL,
            rows_in INTEGER NOT NULL,
            rows_kept INTEGER NOT NULL,
            rows_unscorable INTEGER NOT NULL,
            warnings TEXT NOT NULL,         -- JSON array
            done INTEGER NOT NULL,
            arrow_bytes INTEGER NOT NULL,
            built INTEGER NOT NULL          -- milliseconds since 1970
        ) STRICT;
        CREATE TABLE work (                 -- what each worker has scored of a file
            file INTEGER NOT NULL,
            worker_id TEXT NOT NULL,
            worker TEXT NOT NULL,
            device TEXT NOT NULL,
            row_count INTEGER NOT NULL,
            first INTEGER NOT NULL,         -- milliseconds since 1970
            last INTEGER NOT NULL,
            PRIMARY KEY (file, worker_id)
        ) STRICT;
        CREATE TABLE publication (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            content TEXT NOT NULL,          -- sha256 over the shards
            commits TEXT                    -- JSON array of pages; NULL: a pull request may be open
        ) STRICT;
        """;
}

/// <summary>Turns changes into statements; the caller holds the transaction.</summary>
internal sealed class LedgerWriter(SqlCommands sql)
{
    public void Insert(RunRecord run) => sql.Execute(
        "INSERT INTO run VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6, 0)",
        run.RunId, JsonSerializer.Serialize(run.Options), JsonSerializer.Serialize(run.Model),
        (int)run.Dtype, run.TokenBudget, run.ProgramVersion);

    public void Insert(FileRecord file) => sql.Execute(
        "INSERT OR REPLACE INTO files VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        file.Index, file.Name, file.Path, file.Size, file.ModifiedTicks, file.Sha256, file.Rows, file.ShardName,
        file.Failure, file.Columns);

    public void Apply(LedgerChange change)
    {
        switch (change)
        {
            case LedgerChange.BatchStored stored: Insert(stored.Batch); break;
            case LedgerChange.WindowCompleted completed: Insert(completed.Window, completed.Scores); break;
            case LedgerChange.WorkDone done: Add(done.Work); break;
            case LedgerChange.PrecisionFixed precision:
                sql.Execute(
                    "UPDATE run SET dtype = ?1, token_budget = ?2", (int)precision.Dtype, precision.TokenBudget);
                break;
            case LedgerChange.FileDigested digested:
                sql.Execute("UPDATE files SET sha256 = ?2 WHERE file = ?1", digested.File, digested.Sha256);
                break;
            case LedgerChange.AttemptFailed failed: Insert(failed.Failure); break;
            case LedgerChange.FileFailed failed:
                sql.Execute("UPDATE files SET failure = ?2 WHERE file = ?1", failed.File, failed.Reason);
                break;
            case LedgerChange.FileReplaced replaced: Replace(replaced); break;
            default: ApplyToLeaseOrShard(change); break;
        }
    }

    private void ApplyToLeaseOrShard(LedgerChange change)
    {
        switch (change)
        {
            case LedgerChange.LeaseGranted granted: Insert(granted.Lease); break;
            case LedgerChange.LeaseShrunk shrunk:
                sql.Execute("UPDATE leases SET end_window = ?2 WHERE fence = ?1", (long)shrunk.Fence, shrunk.End);
                break;
            case LedgerChange.LeaseClosed closed:
                sql.Execute("DELETE FROM leases WHERE fence = ?1", (long)closed.Fence);
                break;
            case LedgerChange.ShardPrepared prepared: Insert(prepared.Shard); break;
            case LedgerChange.ShardDropped dropped:
                sql.Execute("DELETE FROM shards WHERE file = ?1", dropped.File);
                break;
            case LedgerChange.ShardDone done:
                sql.Execute("UPDATE shards SET done = 1 WHERE file = ?1", done.File);
                break;
            case LedgerChange.PublicationNoted noted: Insert(noted.Publication); break;
            default:
                throw new NotSupportedException($"{change.GetType().Name} is unknown to the ledger. This is a bug.");
        }
    }

    private void Insert(PublicationRecord publication) => sql.Execute(
        "INSERT OR REPLACE INTO publication VALUES (1, ?1, ?2)", publication.Content,
        publication.Commits is null ? null : JsonSerializer.Serialize(publication.Commits));

    private void Insert(BatchRecord batch) => sql.Execute(
        "INSERT INTO batches VALUES (NULL, ?1, ?2, ?3, ?4, ?5, ?6)",
        batch.File, batch.Window, LittleEndian.FromUInts([.. batch.Rows]), LittleEndian.FromFloats(batch.Scores),
        ClassId(batch.NumericClass), batch.Tokens);

    private void Insert(WindowRecord window, float[] scores)
    {
        sql.Execute(
            "INSERT INTO windows VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            window.File, window.Window, window.Rows, window.Kept, window.Unscorable, window.Tokens,
            JsonSerializer.Serialize(window.RowsByClass), LittleEndian.FromFloats(scores));
        sql.Execute("DELETE FROM batches WHERE file = ?1 AND window = ?2", window.File, window.Window);
    }

    private void Insert(LeaseRecord lease)
    {
        sql.Execute(
            "INSERT INTO leases VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            (long)lease.Fence, (int)lease.Kind, lease.File, lease.Windows.First, lease.Windows.End, lease.WorkerId);
        sql.Execute("UPDATE run SET last_fence = max(last_fence, ?1)", (long)lease.Fence);
    }

    private void Insert(FailureRecord failure) => sql.Execute(
        "INSERT INTO failures VALUES (?1, ?2, ?3, ?4)", failure.File, failure.WorkerId, failure.Worker, failure.Reason);

    private void Insert(ShardRecord shard) => sql.Execute(
        "INSERT OR REPLACE INTO shards VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
        shard.File, shard.Name, (long)shard.Fence, shard.Size, shard.Sha256, shard.RowsIn, shard.RowsKept,
        shard.RowsUnscorable, JsonSerializer.Serialize(shard.Warnings), shard.Done ? 1 : 0, shard.ArrowBytes,
        shard.Built.ToUnixTimeMilliseconds());

    private void Add(WorkRecord work) => sql.Execute(
        "INSERT INTO work VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (file, worker_id) DO UPDATE SET " +
        "row_count = row_count + excluded.row_count, last = excluded.last",
        work.File, work.WorkerId, work.Worker, work.Device, work.Rows, work.First.ToUnixTimeMilliseconds(),
        work.Last.ToUnixTimeMilliseconds());

    private void Replace(LedgerChange.FileReplaced replaced)
    {
        Insert(replaced.File);
        sql.Execute("DELETE FROM failures WHERE file = ?1", replaced.File.Index);
        if (!replaced.DropScores)
            return;
        sql.Execute("DELETE FROM batches WHERE file = ?1", replaced.File.Index);
        sql.Execute("DELETE FROM windows WHERE file = ?1", replaced.File.Index);
        sql.Execute("DELETE FROM work WHERE file = ?1", replaced.File.Index);
    }

    private long ClassId(string name)
    {
        sql.Execute("INSERT OR IGNORE INTO numeric_classes VALUES (NULL, ?1)", name);
        return sql.Scalar<long>("SELECT id FROM numeric_classes WHERE name = ?1", name);
    }
}

/// <summary>Reads a whole ledger back.</summary>
internal static class LedgerReader
{
    public static LedgerContents? Load(SqlCommands sql)
    {
        var runs = sql.Query(
            "SELECT run_id, options, model, dtype, token_budget, program_version, last_fence FROM run",
            row => (Run: ReadRun(row), LastFence: (ulong)row.GetInt64(6)));
        return runs.Count == 0 ? null : new LedgerContents(
            runs[0].Run,
            runs[0].LastFence,
            sql.Query("SELECT * FROM files ORDER BY file", ReadFile),
            sql.Query("SELECT * FROM failures ORDER BY rowid", row => new FailureRecord(
                row.GetInt32(0), row.GetString(1), row.GetString(2), row.GetString(3))),
            sql.Query("SELECT * FROM leases ORDER BY fence", ReadLease),
            sql.Query(
                "SELECT file, window, row_count, kept, unscorable, tokens, rows_by_class FROM windows " +
                "ORDER BY file, window", ReadWindow),
            sql.Query(
                "SELECT file, window, window_rows, scores, name, tokens FROM batches " +
                "JOIN numeric_classes ON numeric_classes.id = numeric_class ORDER BY batches.id", ReadBatch),
            sql.Query("SELECT * FROM shards ORDER BY file", ReadShard))
        {
            Publication = sql.Query("SELECT content, commits FROM publication", ReadPublication).FirstOrDefault(),
            Work = sql.Query("SELECT * FROM work ORDER BY file, first, worker_id", row => new WorkRecord(
                row.GetInt32(0), row.GetString(1), row.GetString(2), row.GetString(3), row.GetInt64(4), TimeOf(row, 5),
                TimeOf(row, 6))),
        };
    }

    private static RunRecord ReadRun(SqliteDataReader row) => new(
        row.GetString(0),
        JsonSerializer.Deserialize<Dictionary<string, string>>(row.GetString(1))!,
        JsonSerializer.Deserialize<ModelRecord>(row.GetString(2))!,
        (Dtype)row.GetInt32(3),
        row.GetInt32(4),
        row.GetString(5));

    private static PublicationRecord ReadPublication(SqliteDataReader row) => new(
        row.GetString(0), row.IsDBNull(1) ? null : JsonSerializer.Deserialize<List<string>>(row.GetString(1)));

    private static FileRecord ReadFile(SqliteDataReader row) => new(
        row.GetInt32(0), row.GetString(1), row.GetString(2), row.GetInt64(3), row.GetInt64(4),
        row.IsDBNull(5) ? null : row.GetString(5), row.GetInt64(6), row.GetString(7),
        row.IsDBNull(8) ? null : row.GetString(8))
    {
        Columns = row.IsDBNull(9) ? null : row.GetString(9),
    };

    private static LeaseRecord ReadLease(SqliteDataReader row) => new(
        (ulong)row.GetInt64(0), (LeaseKind)row.GetInt32(1), row.GetInt32(2),
        new WindowRange(row.GetInt32(3), row.GetInt32(4)), row.GetString(5));

    private static WindowRecord ReadWindow(SqliteDataReader row) => new(
        row.GetInt32(0), row.GetInt32(1), row.GetInt64(2), row.GetInt64(3), row.GetInt64(4), row.GetInt64(5),
        JsonSerializer.Deserialize<Dictionary<string, long>>(row.GetString(6))!);

    private static BatchRecord ReadBatch(SqliteDataReader row) => new(
        row.GetInt32(0), row.GetInt32(1), LittleEndian.ToUInts(row.GetFieldValue<byte[]>(2)),
        LittleEndian.ToFloats(row.GetFieldValue<byte[]>(3)), row.GetString(4), row.GetInt64(5));

    private static ShardRecord ReadShard(SqliteDataReader row) => new(
        row.GetInt32(0), row.GetString(1), (ulong)row.GetInt64(2), row.GetInt64(3), row.GetString(4), row.GetInt64(5),
        row.GetInt64(6), row.GetInt64(7), JsonSerializer.Deserialize<List<string>>(row.GetString(8))!,
        row.GetInt32(9) != 0)
    {
        ArrowBytes = row.GetInt64(10),
        Built = TimeOf(row, 11),
    };

    private static DateTimeOffset TimeOf(SqliteDataReader row, int column) =>
        DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(column));
}
