using System.Text.Json;
using FineWebTorch.Common;

namespace FineWebTorch.Coordinator.Ledger;

/// <summary>Turns changes into statements; the caller holds the transaction.</summary>
internal sealed class LedgerWriter(SqlCommands sql)
{
    public void Insert(RunRecord run) => sql.Execute(
        "INSERT INTO run VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6, 0)",
        run.RunId, JsonSerializer.Serialize(run.Options), JsonSerializer.Serialize(run.Model),
        (int)run.Dtype, run.TokenBudget, run.ProgramVersion);

    public void Insert(FileRecord file) => sql.Execute(
        "INSERT OR REPLACE INTO files VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        file.Index, file.Name, file.Path, file.Size, file.ModifiedTicks, file.Sha256, file.Rows, file.ShardName,
        file.Failure);

    public void Apply(LedgerChange change)
    {
        switch (change)
        {
            case LedgerChange.BatchStored stored: Insert(stored.Batch); break;
            case LedgerChange.WindowCompleted completed: Insert(completed.Window, completed.Scores); break;
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
        "INSERT OR REPLACE INTO shards VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        shard.File, shard.Name, (long)shard.Fence, shard.Size, shard.Sha256, shard.RowsIn, shard.RowsKept,
        shard.RowsUnscorable, JsonSerializer.Serialize(shard.Warnings), shard.Done ? 1 : 0);

    private void Replace(LedgerChange.FileReplaced replaced)
    {
        Insert(replaced.File);
        sql.Execute("DELETE FROM failures WHERE file = ?1", replaced.File.Index);
        if (!replaced.DropScores)
            return;
        sql.Execute("DELETE FROM batches WHERE file = ?1", replaced.File.Index);
        sql.Execute("DELETE FROM windows WHERE file = ?1", replaced.File.Index);
    }

    private long ClassId(string name)
    {
        sql.Execute("INSERT OR IGNORE INTO numeric_classes VALUES (NULL, ?1)", name);
        return sql.Scalar<long>("SELECT id FROM numeric_classes WHERE name = ?1", name);
    }
}
