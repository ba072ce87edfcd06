using FineWebTorch.Parquet.Format;

namespace FineWebTorch.Parquet;

/// <summary>Where in a Parquet file the pages of its columns are.</summary>
public static class ColumnChunks
{
    /// <summary>The byte ranges that hold some columns of the file's first rows, whole row groups each.</summary>
    /// <param name="path">A file of which no more than the footer need be there.</param>
    /// <param name="columns">Columns without nesting; names that the file does not have are left out.</param>
    /// <param name="rows">How many of the first rows.</param>
    /// <exception cref="ParquetFileException">The footer is damaged.</exception>
    public static IReadOnlyList<(long Offset, long Length)> Of(
        string path, IReadOnlyCollection<string> columns, long rows) =>
        Find(path, columns, group => group.FirstRow < rows);

    /// <summary>The byte ranges that hold some columns of some rows, whole row groups each.</summary>
    /// <param name="rows">Row numbers in any order; those that the file does not have are left out.</param>
    /// <inheritdoc cref="Of(string, IReadOnlyCollection{string}, long)"/>
    public static IReadOnlyList<(long Offset, long Length)> Of(
        string path, IReadOnlyCollection<string> columns, IReadOnlyCollection<long> rows)
    {
        var sorted = new SortedSet<long>(rows);
        return Find(path, columns, group =>
            group.Rows > 0 && sorted.GetViewBetween(group.FirstRow, group.EndRow - 1).Count > 0);
    }

    private static List<(long Offset, long Length)> Find(
        string path, IReadOnlyCollection<string> columns, Func<RowGroup, bool> isWanted)
    {
        var file = ParquetFile.Inspect(path);
        // By the open file: that of a link would be its own.
        using var handle = File.OpenHandle(file.Path);
        var size = RandomAccess.GetLength(handle);
        var leaves = columns.Select(file.FindLeaf).OfType<Leaf>().ToList();
        return [.. file.Footer.RowGroups.Where(isWanted)
            .SelectMany(group => leaves.Select(leaf => Range(group.Columns[leaf.Index], size, file.Path)))];
    }

    private static (long Offset, long Length) Range(ColumnChunk chunk, long size, string path) =>
        chunk.Offset >= 0 && chunk.CompressedSize >= 0 && chunk.Offset <= size - chunk.CompressedSize
            ? (chunk.Offset, chunk.CompressedSize)
            : throw ParquetFileException.Damaged(path, "its footer places a column outside the file");
}
