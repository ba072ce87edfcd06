using FineWebTorch.Parquet.DuckDb;

namespace FineWebTorch.Parquet;

/// <summary>The statement that writes a shard.</summary>
internal static class ShardStatement
{
    /// <summary>
    /// Rows in a group. DuckDB holds a whole group while writing: about 12 MB of web text; larger ones save 1 %.
    /// </summary>
    private const int RowGroupSize = 4096;

    /// <summary>Joins by row number, so that a missing score cannot shift others; keeps the input's order.</summary>
    public static string Copy(
        ParquetFileInfo input, IEnumerable<ShardColumn> columns, long rows, string outputPath,
        IReadOnlyList<KeyValuePair<string, byte[]>> metadata)
    {
        var hidden = HiddenRowNumber(input);
        var rowNumber = $"t.{Sql.Name(hidden ?? ColumnNames.RowNumber)}";
        var source = hidden is null
            ? Sql.Read(input.Path)
            : $"(SELECT *, row_number() OVER () - 1 AS {Sql.Name(hidden)} FROM {Sql.Read(input.Path)})";
        // Without a right to reorder, DuckDB has one writer and the same bytes every time.
        return $"COPY (SELECT {string.Join(", ", columns)} FROM {source} t "
            + $"JOIN {KeptRows.Table} s ON s.{KeptRows.Row} = {rowNumber} WHERE {rowNumber} < {rows}) "
            + $"TO {Sql.Text(outputPath)} ({Options(metadata)})";
    }

    /// <summary>Writes no rows, but the schema that a shard with these columns would have.</summary>
    public static string CopySchema(ParquetFileInfo input, IEnumerable<ShardColumn> columns, string outputPath)
        => $"COPY (SELECT {string.Join(", ", columns)} FROM {Sql.Read(input.Path)} t LIMIT 0) "
            + $"TO {Sql.Text(outputPath)} ({Options([])})";

    public static string Options(IReadOnlyList<KeyValuePair<string, byte[]>> metadata)
    {
        var options = $"FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {RowGroupSize}, PRESERVE_ORDER true, "
            + "USE_TMP_FILE false";
        var entries = string.Join(", ", metadata.Select(Entry));
        return metadata.Count == 0 ? options : $"{options}, KV_METADATA {{{entries}}}";
    }

    private static string Entry(KeyValuePair<string, byte[]> entry)
        => $"{Sql.Text(entry.Key)}: {Sql.Blob(entry.Value)}";

    // Rows are counted where a real column has taken the name of DuckDB's own count.
    private static string? HiddenRowNumber(ParquetFileInfo input)
    {
        if (!ColumnNames.HideRowNumber(input.Columns))
            return null;
        var name = "row";
        while (input.Columns.Any(column => ColumnNames.Comparer.Equals(column.Name, name)))
            name += "_";
        return name;
    }
}
