using FineWebTorch.Parquet.DuckDb;

namespace FineWebTorch.Parquet;

/// <summary>Reads single rows of a shard or of its input, to score or show them again.</summary>
public static class ShardSampler
{
    private const int MemoryLimitMegabytes = 512;

    /// <summary>The asked-for rows in ascending order, each once; row groups without one are not read.</summary>
    /// <param name="scoreColumn">Null for a file without scores.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="ParquetFileException">The shard cannot be used, or has no such row or column.</exception>
    public static IEnumerable<SampledRow> Read(
        string path, string textColumn, string? scoreColumn, IReadOnlyList<long> rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        var fullPath = Path.GetFullPath(path);
        FileSignature.Check(fullPath);
        return ReadRows(fullPath, textColumn, scoreColumn, [.. rows.Distinct().Order()]);
    }

    private static IEnumerable<SampledRow> ReadRows(
        string path, string textColumn, string? scoreColumn, long[] rows)
    {
        using var session = Session.Open(MemoryLimitMegabytes);
        var shard = ParquetFile.Inspect(session, path);
        ColumnChecks.RequireText(shard, textColumn);
        if (scoreColumn is not null)
            ColumnChecks.RequireScore(shard, scoreColumn);
        var score = scoreColumn is null ? "NULL" : $"t.{Sql.Name(scoreColumn)}";
        var columns = $"t.{Sql.Name(textColumn)}, {score}::DOUBLE";
        foreach (var row in rows)
        {
            if (row < 0 || row >= shard.Rows)
                throw FileSignature.Damaged(path, $"it has {shard.Rows} rows and so no row {row}");
            // A range of one row lets DuckDB skip row groups.
            var only = ColumnNames.HideRowNumber(shard.Columns)
                ? $"LIMIT 1 OFFSET {row}"
                : $"WHERE t.{ColumnNames.RowNumber} >= {row} AND t.{ColumnNames.RowNumber} <= {row}";
            yield return ReadRow(session, path, row, $"SELECT {columns} FROM {Sql.Read(path)} t {only}");
        }
    }

    private static SampledRow ReadRow(Session session, string path, long row, string statement)
    {
        try
        {
            using var query = session.Start(statement);
            if (!query.Next(CancellationToken.None))
                throw FileSignature.Damaged(path, $"its footer promises more rows, but row {row} is not there");
            var text = query.Column(0);
            var score = query.Column(1);
            return new SampledRow(
                row, text.IsNull(0) ? null : text.Bytes(0).ToArray(), score.IsNull(0) ? null : score.Double(0));
        }
        catch (DuckDbException exception)
        {
            throw EngineErrors.ForInput(exception, path, $"at row {row}");
        }
    }
}
