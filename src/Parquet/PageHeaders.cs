using System.Globalization;
using FineWebTorch.Parquet.Format;
using Microsoft.Win32.SafeHandles;

namespace FineWebTorch.Parquet;

/// <summary>
/// Looks at the headers of pages before the library decodes them. It has no limit of its own: a page of a few bytes
/// may say that it holds gigabytes, and would get them.
/// </summary>
internal sealed class PageHeaders : IDisposable
{
    private const long SuspiciousSize = 256L << 20;

    /// <summary>Beyond what zstd does to one letter for ever: 128 KiB become 4 bytes.</summary>
    private const int SuspiciousRatio = 40_000;

    private readonly ParquetFileInfo _file;
    private readonly long _largestPage;

    public PageHeaders(ParquetFileInfo file)
    {
        _file = file;
        Handle = File.OpenHandle(file.Path);
        // A page is there once more as the values it holds.
        _largestPage = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 2;
    }

    /// <summary>The file.</summary>
    public SafeFileHandle Handle { get; }

    /// <summary>Those of a column's pages in a row group, none of which is too large to be decoded.</summary>
    /// <exception cref="ParquetFileException">One is, or a header is damaged, or the pages cannot be read.</exception>
    public IReadOnlyList<PageHeader> Of(int group, Leaf leaf)
    {
        var chunk = _file.Footer.RowGroups[group].Columns[leaf.Index];
        ColumnChecks.RequireReadable(_file, leaf, chunk);
        try
        {
            List<PageHeader> headers = [.. PageHeader.Of(Handle, chunk)];
            foreach (var header in headers)
                RefuseTooLarge(header, leaf, group);
            return headers;
        }
        catch (FormatException exception) when (exception is not ParquetFileException)
        {
            throw ParquetFileException.Damaged(
                _file.Path, $"a page's header is damaged in column '{leaf.Name}' {Where(group)}", exception, leaf.Name);
        }
    }

    /// <summary>Whether so few bytes cannot hold so many: a bomb, made to fill memory.</summary>
    public static bool IsSuspicious(long uncompressed, long compressed) =>
        uncompressed > SuspiciousSize && uncompressed / SuspiciousRatio > compressed;

    /// <summary>Where to look for a page of a row group, in words.</summary>
    public string Where(int group) => ParquetLibrary.AtOrAfter(_file.Footer.RowGroups[group].FirstRow);

    public void Dispose() => Handle.Dispose();

    private void RefuseTooLarge(in PageHeader header, Leaf leaf, int group)
    {
        if (!IsSuspicious(header.UncompressedSize, header.CompressedSize) && header.UncompressedSize <= _largestPage)
            return;
        var sizes = string.Create(
            CultureInfo.InvariantCulture, $"{header.CompressedSize} bytes of {header.UncompressedSize >> 20} MiB");
        throw new ParquetFileException(
            ParquetFault.Unsupported, _file.Path,
            $"a page of column '{leaf.Name}' {Where(group)} would need too much memory ({sizes})",
            "write it again with pages of about 1 MB")
        {
            Column = leaf.Name,
        };
    }
}
