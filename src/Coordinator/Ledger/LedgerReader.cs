using System.Data.Common;
using System.Text.Json;
using FineWebTorch.Common;
using FineWebTorch.Protos.V1;

namespace FineWebTorch.Coordinator.Ledger;

/// <summary>Reads a ledger back; the caller sees to it that all is of one moment.</summary>
internal static class LedgerReader
{
    private const int BytesAtATime = 1 << 20;

    private const int FilesAtATime = 500;

    private const string IsDone = "file IN (SELECT file FROM shards WHERE done = 1)";

    public static LedgerContents? Load(SqlCommands sql)
    {
        var runs = sql.Query("SELECT run_id, options, model, dtype, token_budget, program_version FROM run", ReadRun);
        return runs.Count == 0 ? null : new LedgerContents(
            runs[0],
            sql.Query($"SELECT * FROM files WHERE NOT {IsDone} ORDER BY file", ReadFile),
            sql.Query(
                "SELECT file, worker_id, worker, reason, kind, fault, machine FROM failures " +
                $"WHERE NOT {IsDone} ORDER BY id", ReadFailure),
            sql.Query("SELECT * FROM leases ORDER BY fence", ReadLease),
            ReadWindows(sql),
            sql.Query(
                "SELECT file, window_index, window_rows, scores, name, tokens FROM batches " +
                "JOIN numeric_classes ON numeric_classes.id = numeric_class ORDER BY batches.id", ReadBatch),
            sql.Query("SELECT * FROM shards WHERE done = 0 ORDER BY file", ReadShard))
        {
            Finished = ReadFinished(sql),
            Totals = ReadTotals(sql, $"NOT {IsDone}"),
            Quarantined = sql.Query("SELECT * FROM quarantine ORDER BY worker_id", row => new QuarantineRecord(
                row.GetString(0), row.GetString(1), row.GetString(2))),
            Suspects = sql.Query("SELECT * FROM suspects ORDER BY file, window_index", ReadSuspect),
            Publication = sql.Query("SELECT content, commits FROM publication", ReadPublication).FirstOrDefault(),
            PullRequest = sql.Query(
                "SELECT mark, number FROM pull_request",
                row => new PullRequestRecord(row.GetString(0), row.IsDBNull(1) ? null : row.GetInt32(1)))
                .FirstOrDefault(),
            Paused = sql.Query("SELECT name FROM controls WHERE kind = 'paused'", row => row.GetString(0)).Count > 0,
            Bans = sql.Query("SELECT name FROM controls WHERE kind = 'ban'", row => row.GetString(0)),
            Work = sql.Query($"SELECT * FROM work WHERE NOT {IsDone} ORDER BY file, first, worker_id", ReadWork),
            Holders = sql.Query(
                "SELECT work.* FROM work JOIN (SELECT worker_id AS holder, max(file) AS latest FROM work " +
                "WHERE worker_id IN (SELECT worker_id FROM leases) GROUP BY worker_id) AS held " +
                "ON worker_id = holder AND file = latest", ReadWork),
        };
    }

    public static IReadOnlyList<ShardRecord> ReadUncommittedShards(SqlCommands sql) =>
        sql.Query("SELECT * FROM shards WHERE pull_request IS NULL AND done = 1 ORDER BY file", ReadShard);

    /// <summary>All files, some at a time; see <see cref="ReadScores"/>.</summary>
    /// <param name="read">Reads so many files after one of that number.</param>
    public static IEnumerable<StoredFile> ReadFiles(Func<int, int, List<StoredFile>> read)
    {
        var last = -1;
        while (true)
        {
            var page = read(last, FilesAtATime);
            foreach (var file in page)
                yield return file;
            if (page.Count < FilesAtATime)
                yield break;
            last = page[^1].Record.Index;
        }
    }

    /// <inheritdoc cref="ReadFiles"/>
    public static List<StoredFile> ReadFilePage(SqlCommands sql, int last, int limit)
    {
        const string inPage = "file > $1 AND file <= $2";
        var files = sql.Query("SELECT * FROM files WHERE file > $1 ORDER BY file LIMIT $2", ReadFile, last, limit);
        var end = files.Count > 0 ? files[^1].Index : last;
        var shards = sql.Query($"SELECT * FROM shards WHERE {inPage}", ReadShard, last, end)
            .ToDictionary(shard => shard.File);
        var totals = ReadTotals(sql, inPage, last, end).ToDictionary(file => file.File);
        var work = sql.Query($"SELECT * FROM work WHERE {inPage}", ReadWork, last, end)
            .ToLookup(one => one.File);
        return [.. files.Select(file => new StoredFile(
            file, shards.GetValueOrDefault(file.Index), totals.GetValueOrDefault(file.Index), WorkRecord.InOrder(work[file.Index])))];
    }

    /// <summary>
    /// A file's windows, some at a time: each time one statement that is read to its end before anyone sees a window.
    /// </summary>
    /// <param name="read">Reads so many windows after one of that number.</param>
    public static IEnumerable<(int Window, float[] Scores)> ReadScores(
        Func<int, int, List<(int Window, float[] Scores)>> read)
    {
        // One at first, which tells how large they are.
        var (last, limit) = (-1, 1);
        while (true)
        {
            var page = read(last, limit);
            foreach (var window in page)
                yield return window;
            if (page.Count < limit)
                yield break;
            last = page[^1].Window;
            limit = Math.Clamp(BytesAtATime / Math.Max(1, page[0].Scores.Length * sizeof(float)), 1, 1024);
        }
    }

    /// <inheritdoc cref="ReadScores"/>
    public static List<(int Window, float[] Scores)> ReadPage(SqlCommands sql, int file, int last, int limit) => sql.Query(
        "SELECT window_index, scores FROM scores WHERE file = $1 AND window_index > $2 ORDER BY window_index LIMIT $3",
        row => (row.GetInt32(0), LittleEndian.ToFloats(row.GetFieldValue<byte[]>(1))), file, last, limit);

    private static List<WindowRecord> ReadWindows(SqlCommands sql)
    {
        var classes = sql.Query(
            "SELECT file, window_index, name, row_count FROM window_classes " +
            "JOIN numeric_classes ON numeric_classes.id = numeric_class",
            row => (Place: (row.GetInt32(0), row.GetInt32(1)), Name: row.GetString(2), Rows: row.GetInt64(3)))
            .ToLookup(one => one.Place);
        return sql.Query("SELECT * FROM windows ORDER BY file, window_index", row => new WindowRecord(
            row.GetInt32(0), row.GetInt32(1), row.GetInt64(2), row.GetInt64(3), row.GetInt64(4), row.GetInt64(5),
            classes[(row.GetInt32(0), row.GetInt32(1))].ToDictionary(
                one => one.Name, one => one.Rows, StringComparer.Ordinal))
        {
            Scores = ScoreCounts.FromBytes(row.GetFieldValue<byte[]>(6)),
        });
    }

    private static FinishedFiles ReadFinished(SqlCommands sql)
    {
        static string Sum(string column) => $"CAST(coalesce(sum({column}), 0) AS BIGINT)";
        var files = sql.Query("SELECT file FROM shards WHERE done = 1 ORDER BY file", row => row.GetInt32(0));
        var committed = sql.Query(
            "SELECT count(*) FROM shards WHERE done = 1 AND pull_request IS NOT NULL", row => row.GetInt32(0))[0];
        var classes = sql.Query(
            $"SELECT name, {Sum("row_count")} FROM total_classes JOIN numeric_classes ON id = numeric_class " +
            $"WHERE {IsDone} GROUP BY name ORDER BY name",
            row => KeyValuePair.Create(row.GetString(0), row.GetInt64(1)));
        var scores = new ScoreCounts();
        foreach (var counted in sql.Query(
            $"SELECT score_counts FROM totals WHERE {IsDone}", row => row.GetFieldValue<byte[]>(0)))
            scores.Add(ScoreCounts.FromBytes(counted));
        var bytes = sql.Query($"SELECT {Sum("size")} FROM files WHERE {IsDone}", row => row.GetInt64(0))[0];
        return sql.Query(
            $"SELECT {Sum("row_count")}, {Sum("kept")}, {Sum("unscorable")}, {Sum("tokens")} FROM totals WHERE {IsDone}",
            row => new FinishedFiles(
                files, committed, row.GetInt64(0), row.GetInt64(1), row.GetInt64(2), row.GetInt64(3), classes)
            {
                Bytes = bytes,
                Scores = scores,
            })[0];
    }

    /// <param name="which">A condition on their files.</param>
    private static List<FileTotalsRecord> ReadTotals(
        SqlCommands sql, string which, params ReadOnlySpan<object?> values)
    {
        var names = sql.Query("SELECT id, name FROM numeric_classes", row => (Id: row.GetInt64(0), Name: row.GetString(1)))
            .ToDictionary(one => one.Id, one => one.Name);
        var classes = sql.Query(
            $"SELECT file, numeric_class, row_count FROM total_classes WHERE {which}",
            row => (File: row.GetInt32(0), Name: names[row.GetInt64(1)], Rows: row.GetInt64(2)), values)
            .ToLookup(one => one.File);
        return sql.Query($"SELECT * FROM totals WHERE {which} ORDER BY file", row => new FileTotalsRecord(
            row.GetInt32(0), row.GetInt32(1), row.GetInt64(2), row.GetInt64(3), row.GetInt64(4), row.GetInt64(5),
            [.. classes[row.GetInt32(0)].Select(one => KeyValuePair.Create(one.Name, one.Rows))])
        {
            Scores = ScoreCounts.FromBytes(row.GetFieldValue<byte[]>(6)),
        }, values);
    }

    private static RunRecord ReadRun(DbDataReader row) => new(
        row.GetString(0),
        JsonSerializer.Deserialize<Dictionary<string, string>>(row.GetString(1))!,
        JsonSerializer.Deserialize<ModelRecord>(row.GetString(2))!,
        (Dtype)row.GetInt32(3),
        row.GetInt32(4),
        row.GetString(5));

    private static PublicationRecord ReadPublication(DbDataReader row) => new(
        row.GetString(0), JsonSerializer.Deserialize<List<string>>(row.GetString(1))!);

    private static FileRecord ReadFile(DbDataReader row) => new(
        row.GetInt32(0), row.GetString(1), row.GetString(2), row.GetInt64(3), row.GetInt64(4),
        row.IsDBNull(5) ? null : row.GetString(5), row.GetInt64(6), row.GetString(7),
        row.IsDBNull(8) ? null : row.GetString(8))
    {
        Columns = row.IsDBNull(9) ? null : row.GetString(9),
    };

    private static FailureRecord ReadFailure(DbDataReader row) => new(
        row.GetInt32(0), row.GetString(1), row.GetString(2), row.GetString(3))
    {
        Kind = (LeaseKind)row.GetInt32(4),
        Fault = (LeaseEnded.Types.Fault)row.GetInt32(5),
        Machine = row.GetString(6),
    };

    private static SuspectRecord ReadSuspect(DbDataReader row) => new(
        row.GetInt32(0), row.GetInt32(1), row.GetInt32(2), row.GetInt32(3),
        JsonSerializer.Deserialize<List<List<int>>>(row.GetString(4))!);

    private static LeaseRecord ReadLease(DbDataReader row) => new(
        (ulong)row.GetInt64(0), (LeaseKind)row.GetInt32(1), row.GetInt32(2),
        new WindowRange(row.GetInt32(3), row.GetInt32(4)), row.GetString(5));

    private static BatchRecord ReadBatch(DbDataReader row)
    {
        var scores = LittleEndian.ToFloats(row.GetFieldValue<byte[]>(3));
        return new BatchRecord(
            row.GetInt32(0), row.GetInt32(1), RowNumbers.FromBytes(row.GetFieldValue<byte[]>(2), scores.Length),
            scores, row.GetString(4), row.GetInt64(5));
    }

    private static ShardRecord ReadShard(DbDataReader row) => new(
        row.GetInt32(0), row.GetString(1), (ulong)row.GetInt64(2), row.GetInt64(3), row.GetString(4), row.GetInt64(5),
        row.GetInt64(6), row.GetInt64(7), JsonSerializer.Deserialize<List<string>>(row.GetString(8))!,
        row.GetInt32(9) != 0)
    {
        ArrowBytes = row.GetInt64(10),
        Built = TimeOf(row, 11),
        PullRequest = row.IsDBNull(12) ? null : row.GetInt32(12),
    };

    private static WorkRecord ReadWork(DbDataReader row) => new(
        row.GetInt32(0), row.GetString(1), row.GetString(2), row.GetString(3), row.GetInt64(4), TimeOf(row, 5),
        TimeOf(row, 6));

    private static DateTimeOffset TimeOf(DbDataReader row, int column) =>
        DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(column));
}
