namespace FineWebTorch.Worker.Output;

/// <summary>A file that appears, or is replaced, only when it is complete.</summary>
internal sealed class AtomicFile : IDisposable
{
    private readonly string _path;
    private readonly string _temporary;

    private AtomicFile(string path, string temporary)
    {
        _path = path;
        _temporary = temporary;
        Stream = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16);
    }

    public FileStream Stream { get; }

    /// <exception cref="IOException">The file cannot be created there.</exception>
    public static AtomicFile Create(string path)
    {
        var full = Path.GetFullPath(path);
        if (Directory.Exists(full))
            throw new IOException($"{path}: is a folder; give --output a file");
        var folder = Path.GetDirectoryName(full)!;
        if (!Directory.Exists(folder))
            throw new DirectoryNotFoundException($"{path}: there is no folder {folder}; create it first");
        return new AtomicFile(full, $"{full}.{Environment.ProcessId}.tmp");
    }

    /// <summary>Puts the file in its place.</summary>
    public void Commit()
    {
        Stream.Flush(flushToDisk: true);
        Stream.Dispose();
        File.Move(_temporary, _path, overwrite: true);
    }

    /// <summary>Removes what was not committed.</summary>
    public void Dispose()
    {
        Stream.Dispose();
        File.Delete(_temporary);
    }
}
