using System.Security.Cryptography;
using FineWebTorch.Parquet.DuckDb;

namespace FineWebTorch.Parquet;

/// <summary>
/// A file that appears whole or not at all: written under a temporary name in its own folder, brought to the disk,
/// renamed. Disposing it unpublished leaves nothing.
/// </summary>
internal sealed class OutputFile : IDisposable
{
    private const int HashBufferBytes = 1 << 20;

    private OutputFile(string path, string temporaryPath)
    {
        Path = path;
        TemporaryPath = temporaryPath;
    }

    public string Path { get; }

    /// <summary>An empty file to begin with. Beside it, <see cref="SpoolPath"/> may be used as well.</summary>
    public string TemporaryPath { get; }

    /// <summary>For data that is needed only while the file is being written.</summary>
    public string SpoolPath => TemporaryPath + ".rows";

    /// <exception cref="IOException">The folder is not there or not writable.</exception>
    public static OutputFile Create(string path)
    {
        var fullPath = System.IO.Path.GetFullPath(path);
        if (Directory.Exists(fullPath))
            throw new IOException($"{fullPath}: is a folder; name a file to write");
        var temporaryPath = TemporaryFiles.NameFor(fullPath);
        try
        {
            File.Open(temporaryPath, FileMode.CreateNew, FileAccess.Write).Dispose();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new IOException(
                $"{fullPath}: cannot be written ({EngineErrors.OneLine(exception.Message)}); "
                + "create its folder, or choose one that can be written", exception);
        }
        return new OutputFile(fullPath, temporaryPath);
    }

    /// <summary>An error while writing, as one line; null where it has nothing to do with this file.</summary>
    public IOException? Explain(DuckDbException exception)
    {
        var text = EngineErrors.OneLine(exception.Message);
        if (!text.Contains(System.IO.Path.GetFileName(TemporaryPath), StringComparison.Ordinal))
            return null;
        // What the system said comes after the temporary name, which is of no use to anyone.
        const string NameEnd = "\": ";
        var end = text.LastIndexOf(NameEnd, StringComparison.Ordinal);
        var cause = end < 0 ? text : text[(end + NameEnd.Length)..];
        return new IOException($"{Path}: cannot be written ({cause}); free space or choose another folder", exception);
    }

    /// <summary>Gives the file its name, replacing one of that name.</summary>
    public (string Sha256, long Size) Publish(CancellationToken cancellationToken)
    {
        try
        {
            Durable.FlushFile(TemporaryPath);
            var result = Digest(cancellationToken);
            cancellationToken.ThrowIfCancellationRequested();
            File.Move(TemporaryPath, Path, overwrite: true);
            Durable.FlushFolder(System.IO.Path.GetDirectoryName(Path)!);
            return result;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new IOException(
                $"{Path}: cannot be written ({EngineErrors.OneLine(exception.Message)}); check its folder", exception);
        }
    }

    public void Dispose()
    {
        TemporaryFiles.TryDelete(TemporaryPath);
        TemporaryFiles.TryDelete(SpoolPath);
        TemporaryFiles.TryDelete(SpoolPath + ".wal");
    }

    private (string Sha256, long Size) Digest(CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var file = File.OpenHandle(TemporaryPath, options: FileOptions.SequentialScan);
        var buffer = new byte[HashBufferBytes];
        var size = 0L;
        for (int read; (read = RandomAccess.Read(file, buffer, size)) > 0; size += read)
        {
            cancellationToken.ThrowIfCancellationRequested();
            hash.AppendData(buffer, 0, read);
        }
        return (Convert.ToHexStringLower(hash.GetHashAndReset()), size);
    }
}
