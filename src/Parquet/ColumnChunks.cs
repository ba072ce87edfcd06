using FineWebTorch.Parquet.DuckDb;

namespace FineWebTorch.Parquet;

/// <summary>Where in a Parquet file the pages of its columns are.</summary>
public static class ColumnChunks
{
    private const int MemoryLimitMegabytes = 512;

    // Readers of the format take the dictionary page as the chunk's beginning where there is one.
    private const string Columns =
        "path_in_schema, row_group_id::BIGINT, row_group_num_rows::BIGINT, "
        + "coalesce(dictionary_page_offset, 0)::BIGINT, data_page_offset::BIGINT, total_compressed_size::BIGINT";

    /// <summary>The byte ranges that hold some columns of the file's first rows, whole row groups each.</summary>
    /// <param name="path">A file of which no more than the footer need be there.</param>
    /// <param name="columns">Columns without nesting; names that the file does not have are left out.</param>
    /// <param name="rows">How many of the first rows.</param>
    /// <exception cref="ParquetFileException">The footer is damaged.</exception>
    public static IReadOnlyList<(long Offset, long Length)> Of(
        string path, IReadOnlyCollection<string> columns, long rows) =>
        Find(path, columns, (first, _) => first < rows);

    /// <summary>The byte ranges that hold some columns of some rows, whole row groups each.</summary>
    /// <param name="rows">Row numbers in any order; those that the file does not have are left out.</param>
    /// <inheritdoc cref="Of(string, IReadOnlyCollection{string}, long)"/>
    public static IReadOnlyList<(long Offset, long Length)> Of(
        string path, IReadOnlyCollection<string> columns, IReadOnlyCollection<long> rows)
    {
        var sorted = new SortedSet<long>(rows);
        // Where a column hides row numbers, readers count rows from the first one on.
        return ColumnNames.HideRowNumber(ParquetFile.Inspect(path).Columns)
            ? Of(path, columns, sorted.Count == 0 ? 0 : sorted.Max + 1)
            : Find(path, columns, (first, next) => next > first && sorted.GetViewBetween(first, next - 1).Count > 0);
    }

    private static List<(long Offset, long Length)> Find(
        string path, IReadOnlyCollection<string> columns, Func<long, long, bool> isWanted)
    {
        var fullPath = Path.GetFullPath(path);
        FileSignature.Check(fullPath);
        using var session = Session.Open(MemoryLimitMegabytes);
        try
        {
            using var query = session.Start($"SELECT {Columns} FROM parquet_metadata({Sql.Path(fullPath)})");
            return Read(query, columns, isWanted, fullPath);
        }
        catch (DuckDbException exception)
        {
            throw EngineErrors.ForInput(exception, fullPath, "in its footer");
        }
    }

    private static List<(long Offset, long Length)> Read(
        Query query, IReadOnlyCollection<string> columns, Func<long, long, bool> isWanted, string path)
    {
        var size = new FileInfo(path).Length;
        var chunks = new List<(long Offset, long Length)>();
        var (group, firstRow, nextRow) = (-1L, 0L, 0L);
        while (query.Next(CancellationToken.None))
        {
            for (var row = 0; row < query.Count; row++)
            {
                if (query.Column(1).Number(row) != group)
                {
                    group = query.Column(1).Number(row);
                    (firstRow, nextRow) = (nextRow, nextRow + query.Column(2).Number(row));
                }

                if (isWanted(firstRow, nextRow) && columns.Contains(query.Column(0).Text(row)))
                    chunks.Add(Chunk(query, row, size, path));
            }
        }

        return chunks;
    }

    private static (long Offset, long Length) Chunk(Query query, int row, long size, string path)
    {
        var (dictionary, data) = (query.Column(3).Number(row), query.Column(4).Number(row));
        var offset = dictionary > 0 && dictionary < data ? dictionary : data;
        var length = query.Column(5).Number(row);
        return offset >= 0 && length >= 0 && offset <= size - length
            ? (offset, length)
            : throw FileSignature.Damaged(path, "its footer places a column outside the file");
    }
}
