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
    private const int SuspiciousRatio = 1000;

    private readonly ParquetFileInfo _file;
    private readonly SafeFileHandle _handle;
    private readonly long _largestPage;

    public PageHeaders(ParquetFileInfo file)
    {
        _file = file;
        _handle = File.OpenHandle(file.Path);
        // A page is there once more as the values it holds.
        _largestPage = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 2;
    }

    /// <summary>Those of a column's pages in a row group, none of which is too large to be decoded.</summary>
    /// <exception cref="ParquetFileException">One is, or a header is damaged, or the pages are encrypted.</exception>
    public IReadOnlyList<PageHeader> Of(int group, Leaf leaf)
    {
        var chunk = _file.Footer.RowGroups[group].Columns[leaf.Index];
        if (chunk.IsEncrypted)
            throw Faulty(leaf, ParquetFileException.Encrypted(_file.Path, $"its column '{leaf.Name}' is encrypted"));
        if (chunk.IsElsewhere)
        {
            throw Faulty(leaf, new ParquetFileException(
                ParquetFault.Unsupported, _file.Path, $"its column '{leaf.Name}' is in another file",
                "write both as one file"));
        }
        try
        {
            List<PageHeader> headers = [.. PageHeader.Of(_handle, chunk)];
            foreach (var header in headers)
                RefuseTooLarge(header, leaf, group);
            return headers;
        }
        catch (FormatException exception) when (exception is not ParquetFileException)
        {
            throw Faulty(leaf, ParquetFileException.Damaged(
                _file.Path, $"a page's header is damaged in column '{leaf.Name}' {Where(group)}", exception));
        }
    }

    public void Dispose() => _handle.Dispose();

    private void RefuseTooLarge(in PageHeader header, Leaf leaf, int group)
    {
        var isBomb = header.UncompressedSize > SuspiciousSize
            && header.UncompressedSize / SuspiciousRatio > header.CompressedSize;
        if (!isBomb && header.UncompressedSize <= _largestPage)
            return;
        var sizes = string.Create(
            CultureInfo.InvariantCulture, $"{header.CompressedSize} bytes of {header.UncompressedSize >> 20} MiB");
        throw Faulty(leaf, new ParquetFileException(
            ParquetFault.Unsupported, _file.Path,
            $"a page of column '{leaf.Name}' {Where(group)} would need too much memory ({sizes})",
            "write it again with pages of about 1 MB"));
    }

    private string Where(int group) => string.Create(
        CultureInfo.InvariantCulture, $"at or after row {_file.Footer.RowGroups[group].FirstRow}");

    private static ParquetFileException Faulty(Leaf leaf, ParquetFileException fault) =>
        new(fault.Fault, fault.Path, fault.Reason, fault.Remedy, fault.InnerException) { Column = leaf.Name };
}
