using FineWebTorch.Parquet.DuckDb;

namespace FineWebTorch.Parquet;

/// <summary>The rows that a shard keeps, as a table that the input is joined with.</summary>
internal static class KeptRows
{
    public const string Table = "kept";
    public const string Row = "row_number";
    public const string Score = "score";
    public const string IntScore = "int_score";

    private const int CancellationStride = 1 << 16;

    /// <returns>How many rows there are.</returns>
    /// <exception cref="ArgumentException">Rows out of order or beyond the file, or no finite score.</exception>
    public static long Load(
        Session session, IEnumerable<ScoredRow> keptRowsInOrder, long rows, CancellationToken cancellationToken)
    {
        session.Execute(
            $"CREATE TABLE {Table}({Row} BIGINT, {Score} DOUBLE, {IntScore} BIGINT)", CancellationToken.None);
        using var appender = new TableAppender(session, Table, TypeId.BigInt, TypeId.Double, TypeId.BigInt);
        var count = 0L;
        var last = -1L;
        foreach (var kept in keptRowsInOrder)
        {
            if (count++ % CancellationStride == 0)
                cancellationToken.ThrowIfCancellationRequested();
            Check(kept, last, rows);
            last = kept.Row;
            appender.Set(0, kept.Row);
            appender.Set(1, (double?)kept.Score);
            appender.Set(2, (long?)kept.IntScore);
            appender.EndRow();
        }
        appender.Flush();
        return count;
    }

    private static void Check(in ScoredRow kept, long last, long rows)
    {
        if (kept.Row <= last)
            throw new ArgumentException($"kept rows must ascend, but row {kept.Row} comes after row {last}");
        if (kept.Row >= rows)
            throw new ArgumentException($"row {kept.Row} is to be kept, but there are only {rows} rows");
        if (kept.Score is { } score && !float.IsFinite(score))
            throw new ArgumentException($"the score of row {kept.Row} is {score}; give null for a row without one");
    }
}
