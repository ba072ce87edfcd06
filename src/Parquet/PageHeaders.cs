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
        // A page is there once more as the values it holds, and what is left is needed too.
        _largestPage = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 4;
    }

    /// <summary>The file.</summary>
    public SafeFileHandle Handle { get; }

    /// <summary>
    /// Those of a column's pages in a row group, none of which is too large to be decoded. They are looked at one after
    /// another: there may be as many as a file has bytes.
    /// </summary>
    /// <exception cref="ParquetFileException">One is, or a header is damaged, or the pages cannot be read.</exception>
    public IEnumerable<PageHeader> Of(int group, Leaf leaf)
    {
        var chunk = _file.Footer.RowGroups[group].Columns[leaf.Index];
        ColumnChecks.RequireReadable(_file, leaf, chunk);
        using var headers = PageHeader.Of(Handle, chunk).GetEnumerator();
        while (MoveNext(headers, leaf, group))
        {
            RefuseTooLarge(headers.Current, leaf, group);
            yield return headers.Current;
        }
    }

    /// <summary>Looks at the pages of a column in a row group, as <see cref="Of"/> does, for their sake alone.</summary>
    /// <inheritdoc cref="Of"/>
    public void Demand(int group, Leaf leaf)
    {
        foreach (var header in Of(group, leaf))
            _ = header;
    }

    /// <summary>Whether so few bytes cannot hold so many: a bomb, made to fill memory.</summary>
    public static bool IsSuspicious(long uncompressed, long compressed) =>
        uncompressed > SuspiciousSize && uncompressed / SuspiciousRatio > compressed;

    /// <summary>Where to look for a page of a row group, in words.</summary>
    public string Where(int group) => ParquetLibrary.AtOrAfter(_file.Footer.RowGroups[group].FirstRow);

    public void Dispose() => Handle.Dispose();

    private bool MoveNext(IEnumerator<PageHeader> headers, Leaf leaf, int group)
    {
        try
        {
            return headers.MoveNext();
        }
        catch (FormatException exception) when (exception is not ParquetFileException)
        {
            throw ParquetFileException.Damaged(
                _file.Path, $"a page's header is damaged in column '{leaf.Name}' {Where(group)}", exception, leaf.Name);
        }
    }

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
