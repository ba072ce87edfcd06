using System.IO.MemoryMappedFiles;

namespace FineWebTorch.Fuzz.Engine;

/// <summary>
/// What a process that tries inputs tells the one that watches it: counters, and the input that it is at. A mapped
/// file, so that it outlives the process however that ends.
/// </summary>
internal sealed class Progress : IDisposable
{
    private const int Header = 64;
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;

    public Progress(string path, int mostBytes)
    {
        _file = MemoryMappedFile.CreateFromFile(path, FileMode.OpenOrCreate, null, Header + mostBytes);
        _view = _file.CreateViewAccessor();
    }

    /// <summary>That have been tried.</summary>
    public long Inputs
    {
        get => _view.ReadInt64(0);
        set => _view.Write(0, value);
    }

    /// <inheritdoc cref="Coverage.Edges"/>
    public long Edges
    {
        get => _view.ReadInt64(8);
        set => _view.Write(8, value);
    }

    /// <summary>Microseconds of processor time that an input took.</summary>
    public long Slowest
    {
        get => _view.ReadInt64(16);
        set => _view.Write(16, value);
    }

    /// <summary>Bytes that an input has allocated.</summary>
    public long MostAllocated
    {
        get => _view.ReadInt64(24);
        set => _view.Write(24, value);
    }

    /// <summary>That are worth changing further.</summary>
    public long Kept
    {
        get => _view.ReadInt64(32);
        set => _view.Write(32, value);
    }

    /// <summary>The input that is being tried, or was the last.</summary>
    public byte[] Current
    {
        get
        {
            var bytes = new byte[_view.ReadInt32(40)];
            _view.ReadArray(Header, bytes, 0, bytes.Length);
            return bytes;
        }
        set
        {
            _view.WriteArray(Header, value, 0, value.Length);
            _view.Write(40, value.Length);
        }
    }

    public void Dispose()
    {
        _view.Dispose();
        _file.Dispose();
    }
}
