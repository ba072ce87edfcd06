using System.IO.MemoryMappedFiles;

namespace FineWebTorch.Model.Files;

/// <summary>
/// A safetensors file, mapped into memory. Its header has been checked whole, so that every <see cref="Bytes"/> lies
/// within the mapping. Spans are valid until disposal.
/// </summary>
internal sealed unsafe class SafetensorsFile : IDisposable
{
    private const string Remedy = "fetch the file again";

    private readonly MemoryMappedFile _map;
    private readonly MemoryMappedViewAccessor _view;
    private readonly Dictionary<string, SafetensorsEntry> _entries;
    private readonly ulong _dataStart;
    private byte* _start;

    private SafetensorsFile(string path, MemoryMappedFile map, MemoryMappedViewAccessor view, long fileLength)
    {
        Path = path;
        _map = map;
        _view = view;
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _start);
        _start += _view.PointerOffset;
        try
        {
            var prefix = new ReadOnlySpan<byte>(_start, SafetensorsHeader.PrefixLength);
            var headerLength = SafetensorsHeader.ReadLength(prefix, fileLength);
            _dataStart = (ulong)(SafetensorsHeader.PrefixLength + headerLength);
            var json = new ReadOnlySpan<byte>(_start + SafetensorsHeader.PrefixLength, headerLength);
            _entries = SafetensorsHeader.Parse(json, (ulong)fileLength - _dataStart)
                .ToDictionary(entry => entry.Name, StringComparer.Ordinal);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public string Path { get; }

    public IReadOnlyDictionary<string, SafetensorsEntry> Entries => _entries;

    /// <exception cref="ModelFileException">The file is damaged or no safetensors file.</exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    public static SafetensorsFile Open(string path)
    {
        using var stream = ContentFile.Open(path);
        // RandomAccess.GetLength follows the links of the Hub's cache; FileInfo.Length would not.
        var length = RandomAccess.GetLength(stream.SafeFileHandle);
        Span<byte> prefix = stackalloc byte[SafetensorsHeader.PrefixLength];
        var read = stream.ReadAtLeast(prefix, prefix.Length, throwOnEndOfStream: false);
        try
        {
            SafetensorsHeader.ReadLength(prefix[..read], length);
            return Map(path, stream, length);
        }
        catch (FormatException caught)
        {
            throw new ModelFileException(path, $"{Recognize(prefix[..read]) ?? caught.Message}; {Remedy}", caught);
        }
    }

    /// <summary>The bytes of a tensor, row-major, little-endian.</summary>
    /// <exception cref="NotSupportedException">The tensor has more than 2 GiB.</exception>
    public ReadOnlySpan<byte> Bytes(SafetensorsEntry entry)
    {
        ObjectDisposedException.ThrowIf(_start is null, this);
        if (entry.End - entry.Begin > int.MaxValue)
            throw new NotSupportedException($"{Path}: tensor '{entry.Name}' has more than 2 GiB, which is not supported");
        return new ReadOnlySpan<byte>(_start + _dataStart + entry.Begin, (int)(entry.End - entry.Begin));
    }

    public void Dispose()
    {
        if (_start is null)
            return;
        _start = null;
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _map.Dispose();
    }

    private static SafetensorsFile Map(string path, FileStream stream, long length)
    {
        var map = MemoryMappedFile.CreateFromFile(
            stream, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
        try
        {
            var view = map.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read);
            return new SafetensorsFile(path, map, view, length);
        }
        catch
        {
            map.Dispose();
            throw;
        }
    }

    /// <summary>What often lies there instead of the weights.</summary>
    private static string? Recognize(ReadOnlySpan<byte> prefix) =>
        prefix.StartsWith("version "u8) ? "is a Git LFS pointer, not the weights (git lfs pull fetches them)"
        : prefix.StartsWith("PK\x03\x04"u8) ? "is a zip archive (perhaps a PyTorch checkpoint), not safetensors"
        : prefix.StartsWith("<!DOCTYP"u8) || prefix.StartsWith("<!doctyp"u8) || prefix.StartsWith("<html"u8)
            ? "is a web page, not safetensors"
            : null;
}
