using System.Text.Json;
using FineWebTorch.Common;
using FineWebTorch.Protos.V1;
using Microsoft.Data.Sqlite;

namespace FineWebTorch.Coordinator.Ledger;

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
        row.IsDBNull(8) ? null : row.GetString(8));

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
        row.GetInt32(9) != 0);
}
