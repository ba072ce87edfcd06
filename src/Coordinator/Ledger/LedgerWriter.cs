using System.Buffers.Binary;
using System.Text.Json;
using FineWebTorch.Common;

namespace FineWebTorch.Coordinator.Ledger;

/// <summary>Turns changes into statements that SQLite and PostgreSQL understand; the caller holds the transaction.
/// </summary>
internal sealed class LedgerWriter(SqlCommands sql)
{
    private readonly HashSet<string> _classes = new(StringComparer.Ordinal);

    /// <summary>The transaction has been rolled back.</summary>
    public void Forget() => _classes.Clear();

    public void Insert(RunRecord run) => sql.Execute(
        "INSERT INTO run VALUES (1, $1, $2, $3, $4, $5, $6)",
        run.RunId, JsonSerializer.Serialize(run.Options), JsonSerializer.Serialize(run.Model),
        (int)run.Dtype, run.TokenBudget, run.ProgramVersion);

    public void Insert(FileRecord file) => sql.Execute(
        "INSERT INTO files VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (file) DO UPDATE SET " +
        "name = excluded.name, path = excluded.path, size = excluded.size, modified = excluded.modified, " +
        "sha256 = excluded.sha256, row_count = excluded.row_count, shard_name = excluded.shard_name, " +
        "failure = excluded.failure, columns = excluded.columns",
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
                    "UPDATE run SET dtype = $1, token_budget = $2", (int)precision.Dtype, precision.TokenBudget);
                break;
            case LedgerChange.FileAdded added: Insert(added.File); break;
            case LedgerChange.FileDigested digested:
                sql.Execute("UPDATE files SET sha256 = $2 WHERE file = $1", digested.File, digested.Sha256);
                break;
            case LedgerChange.AttemptFailed failed: Insert(failed.Failure); break;
            case LedgerChange.FileFailed failed:
                sql.Execute("UPDATE files SET failure = $2 WHERE file = $1", failed.File, failed.Reason);
                break;
            case LedgerChange.FileReplaced replaced: Replace(replaced); break;
            case LedgerChange.PausedSet paused: Set("paused", name: "", paused.Paused); break;
            case LedgerChange.BanSet ban: Set("ban", ban.Name, ban.Banned); break;
            default: ApplyToLeaseOrShard(change); break;
        }
    }

    private bool ApplyToSuspicions(LedgerChange change)
    {
        switch (change)
        {
            case LedgerChange.WorkerQuarantined quarantined: Insert(quarantined.Quarantine); return true;
            case LedgerChange.WorkerAllowed allowed:
                sql.Execute("DELETE FROM quarantine WHERE worker_id = $1", allowed.WorkerId);
                return true;
            case LedgerChange.SuspectNoted noted: Insert(noted.Suspect); return true;
            case LedgerChange.SuspectCleared cleared:
                sql.Execute(
                    "DELETE FROM suspects WHERE file = $1 AND window_index = $2", cleared.File, cleared.Window);
                return true;
            default: return false;
        }
    }

    private void ApplyToLeaseOrShard(LedgerChange change)
    {
        switch (change)
        {
            case LedgerChange.LeaseGranted granted: Insert(granted.Lease); break;
            case LedgerChange.LeaseShrunk shrunk:
                sql.Execute("UPDATE leases SET end_window = $2 WHERE fence = $1", (long)shrunk.Fence, shrunk.End);
                break;
            case LedgerChange.LeaseClosed closed:
                sql.Execute("DELETE FROM leases WHERE fence = $1", (long)closed.Fence);
                break;
            case LedgerChange.ShardPrepared prepared: Insert(prepared.Shard); break;
            case LedgerChange.ShardDropped dropped:
                sql.Execute("DELETE FROM shards WHERE file = $1", dropped.File);
                break;
            case LedgerChange.ShardDone done:
                sql.Execute("UPDATE shards SET done = 1 WHERE file = $1", done.File);
                Compact(done.File);
                break;
            case LedgerChange.PublicationNoted noted: Insert(noted.Publication); break;
            case LedgerChange.PullRequestNoted noted: Insert(noted.PullRequest); break;
            case LedgerChange.ShardsCommitted committed:
                foreach (var file in committed.Files)
                    sql.Execute("UPDATE shards SET pull_request = $2 WHERE file = $1", file, committed.PullRequest);
                break;
            default:
                if (ApplyToSuspicions(change))
                    break;
                throw new NotSupportedException($"{change.GetType().Name} is unknown to the ledger. This is a bug.");
        }
    }

    private void Set(string kind, string name, bool on) => sql.Execute(
        on
            ? "INSERT INTO controls VALUES ($1, $2) ON CONFLICT (kind, name) DO NOTHING"
            : "DELETE FROM controls WHERE kind = $1 AND name = $2",
        kind, name);

    private void Insert(PublicationRecord publication) => sql.Execute(
        "INSERT INTO publication VALUES (1, $1, $2) " +
        "ON CONFLICT (id) DO UPDATE SET content = excluded.content, commits = excluded.commits", publication.Content,
        JsonSerializer.Serialize(publication.Commits));

    private void Insert(PullRequestRecord pullRequest) => sql.Execute(
        "INSERT INTO pull_request VALUES (1, $1, $2) " +
        "ON CONFLICT (id) DO UPDATE SET mark = excluded.mark, number = excluded.number",
        pullRequest.Mark, pullRequest.Number);

    private void Insert(BatchRecord batch)
    {
        Know(batch.NumericClass);
        sql.Execute(
            "INSERT INTO batches (file, window_index, window_rows, scores, numeric_class, tokens) " +
            "SELECT $1, $2, $3, $4, id, $5 FROM numeric_classes WHERE name = $6",
            batch.File, batch.Window, RowNumbers.ToBytes(batch.Rows), LittleEndian.FromFloats(batch.Scores),
            batch.Tokens, batch.NumericClass);
    }

    private void Insert(WindowRecord window, float[] scores)
    {
        sql.Execute(
            "INSERT INTO scores VALUES ($1, $2, $3)", window.File, window.Window, LittleEndian.FromFloats(scores));
        sql.Execute(
            "INSERT INTO windows VALUES ($1, $2, $3, $4, $5, $6, $7)",
            window.File, window.Window, window.Rows, window.Kept, window.Unscorable, window.Tokens,
            ScoreCounts.Of(scores).ToBytes());
        foreach (var (name, rows) in window.RowsByClass)
        {
            Know(name);
            sql.Execute(
                "INSERT INTO window_classes SELECT $1, $2, id, $3 FROM numeric_classes WHERE name = $4",
                window.File, window.Window, rows, name);
        }

        sql.Execute("DELETE FROM batches WHERE file = $1 AND window_index = $2", window.File, window.Window);
    }

    /// <summary>
    /// One row for all windows; the scores stay as they are. A file without windows, or that had its totals before a
    /// shard of it was lost, stays as it is.
    /// </summary>
    private void Compact(int file)
    {
        var counts = new ScoreCounts();
        foreach (var bytes in sql.Query(
            "SELECT score_counts FROM windows WHERE file = $1", row => row.GetFieldValue<byte[]>(0), file))
            counts.Add(ScoreCounts.FromBytes(bytes));
        sql.Execute(
            "INSERT INTO totals SELECT file, count(*), sum(row_count), sum(kept), sum(unscorable), sum(tokens), $2 " +
            "FROM windows WHERE file = $1 GROUP BY file", file, counts.ToBytes());
        sql.Execute(
            "INSERT INTO total_classes SELECT file, numeric_class, sum(row_count) FROM window_classes " +
            "WHERE file = $1 GROUP BY file, numeric_class", file);
        sql.Execute("DELETE FROM windows WHERE file = $1", file);
        sql.Execute("DELETE FROM window_classes WHERE file = $1", file);
    }

    private void Insert(LeaseRecord lease) => sql.Execute(
        "INSERT INTO leases VALUES ($1, $2, $3, $4, $5, $6)",
        (long)lease.Fence, (int)lease.Kind, lease.File, lease.Windows.First, lease.Windows.End, lease.WorkerId);

    private void Insert(FailureRecord failure) => sql.Execute(
        "INSERT INTO failures (file, worker_id, worker, reason, kind, fault, machine) " +
        "VALUES ($1, $2, $3, $4, $5, $6, $7)",
        failure.File, failure.WorkerId, failure.Worker, failure.Reason, (int)failure.Kind, (int)failure.Fault,
        failure.Machine);

    private void Insert(QuarantineRecord quarantine)
    {
        sql.Execute(
            "INSERT INTO quarantine VALUES ($1, $2, $3) ON CONFLICT (worker_id) DO UPDATE SET " +
            "worker = excluded.worker, reason = excluded.reason",
            quarantine.WorkerId, quarantine.Worker, quarantine.Reason);
        sql.Execute("DELETE FROM failures WHERE worker_id = $1", quarantine.WorkerId);
    }

    private void Insert(SuspectRecord suspect) => sql.Execute(
        "INSERT INTO suspects VALUES ($1, $2, $3, $4, $5) ON CONFLICT (file, window_index) DO UPDATE SET " +
        "ends = excluded.ends, unstored = excluded.unstored, row_groups = excluded.row_groups",
        suspect.File, suspect.Window, suspect.Ends, suspect.Unstored, JsonSerializer.Serialize(suspect.Groups));

    private void Insert(ShardRecord shard) => sql.Execute(
        "INSERT INTO shards VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) ON CONFLICT (file) DO UPDATE " +
        "SET name = excluded.name, fence = excluded.fence, size = excluded.size, sha256 = excluded.sha256, " +
        "rows_in = excluded.rows_in, rows_kept = excluded.rows_kept, rows_unscorable = excluded.rows_unscorable, " +
        "warnings = excluded.warnings, done = excluded.done, arrow_bytes = excluded.arrow_bytes, " +
        "built = excluded.built, pull_request = excluded.pull_request",
        shard.File, shard.Name, (long)shard.Fence, shard.Size, shard.Sha256, shard.RowsIn, shard.RowsKept,
        shard.RowsUnscorable, JsonSerializer.Serialize(shard.Warnings), shard.Done ? 1 : 0, shard.ArrowBytes,
        shard.Built.ToUnixTimeMilliseconds(), shard.PullRequest);

    private void Add(WorkRecord work) => sql.Execute(
        "INSERT INTO work VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (file, worker_id) DO UPDATE SET " +
        "row_count = work.row_count + excluded.row_count, last = excluded.last",
        work.File, work.WorkerId, work.Worker, work.Device, work.Rows, work.First.ToUnixTimeMilliseconds(),
        work.Last.ToUnixTimeMilliseconds());

    private void Replace(LedgerChange.FileReplaced replaced)
    {
        Insert(replaced.File);
        sql.Execute("DELETE FROM failures WHERE file = $1", replaced.File.Index);
        if (!replaced.DropScores)
            return;
        foreach (var table in (string[])
            ["batches", "scores", "windows", "window_classes", "totals", "total_classes", "work", "suspects"])
            sql.Execute($"DELETE FROM {table} WHERE file = $1", replaced.File.Index);
    }

    /// <summary>Once a session is enough, unless it was rolled back.</summary>
    private void Know(string numericClass)
    {
        if (_classes.Add(numericClass))
            sql.Execute("INSERT INTO numeric_classes (name) VALUES ($1) ON CONFLICT (name) DO NOTHING", numericClass);
    }
}

/// <summary>Row numbers within a window as bytes: two each where that is enough, as it is unless windows are huge.
/// </summary>
internal static class RowNumbers
{
    public static byte[] ToBytes(IReadOnlyList<uint> rows)
    {
        if (rows.Any(row => row > ushort.MaxValue))
            return LittleEndian.FromUInts([.. rows]);
        var bytes = new byte[rows.Count * sizeof(ushort)];
        for (var i = 0; i < rows.Count; i++)
            BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(i * sizeof(ushort)), (ushort)rows[i]);
        return bytes;
    }

    /// <param name="count">How many: says how long each is.</param>
    public static uint[] FromBytes(ReadOnlySpan<byte> bytes, int count)
    {
        if (bytes.Length == count * sizeof(uint))
            return LittleEndian.ToUInts(bytes);
        var rows = new uint[count];
        for (var i = 0; i < count; i++)
            rows[i] = BinaryPrimitives.ReadUInt16LittleEndian(bytes[(i * sizeof(ushort))..]);
        return rows;
    }
}
