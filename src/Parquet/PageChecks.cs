using System.IO.Hashing;
using FineWebTorch.Parquet.Format;

namespace FineWebTorch.Parquet;

/// <summary>
/// Goes through the pages of a file without decoding them, so that what cannot be read is known before any row is
/// scored: pages that are encrypted, damaged, too large, or not the ones that their checksums were made of.
/// </summary>
/// <remarks>Takes as long as reading the file where pages have checksums; else headers alone are read.</remarks>
public static class PageChecks
{
    private const int ReadSize = 1 << 20;

    /// <param name="path">A local file.</param>
    /// <param name="rows">Only the row groups that hold the first so many rows; null for all.</param>
    /// <param name="progressed">Called for every page.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="ParquetFileException">A column cannot be carried; the message names it.</exception>
    public static void OfAllColumns(
        string path, long? rows = null, Action? progressed = null, CancellationToken cancellationToken = default)
    {
        var file = ParquetFile.Inspect(path);
        Check(file, file.Footer.Leaves, 0, rows ?? file.Rows, cancellationToken, progressed);
    }

    /// <summary>
    /// Looks at those column chunks alone of which the footer says that they may hold bombs: a moment for any file.
    /// </summary>
    /// <param name="file">Whose pages are there.</param>
    /// <exception cref="ParquetFileException">One does.</exception>
    public static void OfSuspiciousColumns(ParquetFileInfo file)
    {
        ArgumentNullException.ThrowIfNull(file);
        using var pages = new PageHeaders(file);
        foreach (var (index, group) in file.Footer.RowGroups.Index())
        {
            foreach (var leaf in file.Footer.Leaves)
            {
                var chunk = group.Columns[leaf.Index];
                if (PageHeaders.IsSuspicious(chunk.UncompressedSize, chunk.CompressedSize))
                    pages.Demand(index, leaf);
            }
        }
    }

    internal static void Check(
        ParquetFileInfo file, IReadOnlyList<Leaf> leaves, long firstRow, long endRow,
        CancellationToken cancellationToken, Action? progressed = null)
    {
        using var pages = new PageHeaders(file);
        var buffer = new byte[ReadSize];
        foreach (var group in file.Footer.GroupsOf(firstRow, endRow))
        {
            foreach (var leaf in leaves)
            {
                foreach (var page in pages.Of(group, leaf))
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    progressed?.Invoke();
                    if (page.Checksum is { } checksum && checksum != Checksum(pages, page, buffer))
                        throw Wrong(file, leaf, pages.Where(group));
                }
            }
        }
    }

    private static uint Checksum(PageHeaders pages, in PageHeader page, byte[] buffer)
    {
        var crc = new Crc32();
        var end = page.Position + page.CompressedSize;
        for (var position = page.Position; position < end;)
        {
            var part = buffer.AsSpan(0, (int)Math.Min(buffer.Length, end - position));
            var read = RandomAccess.Read(pages.Handle, part, position);
            // A file that was cut off meanwhile has another checksum too.
            if (read == 0)
                break;
            crc.Append(part[..read]);
            position += read;
        }
        return crc.GetCurrentHashAsUInt32();
    }

    private static ParquetFileException Wrong(ParquetFileInfo file, Leaf leaf, string where) =>
        ParquetFileException.Damaged(
            file.Path, $"a page of column '{leaf.Name}' {where} does not match its checksum", column: leaf.Name);
}
