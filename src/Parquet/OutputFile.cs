using System.Security.Cryptography;

namespace FineWebTorch.Parquet;

/// <summary>
/// A file that appears whole or not at all: written from its beginning to its end under a temporary name in its own
/// folder, brought to the disk, renamed. Disposing it unpublished leaves nothing.
/// </summary>
internal sealed class OutputFile : Stream
{
    private readonly string _path;
    private readonly string _temporaryPath;
    private readonly FileStream _file;
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private IOException? _failure;
    private MemoryStream? _heldBack;

    private OutputFile(string path, string temporaryPath, FileStream file) =>
        (_path, _temporaryPath, _file) = (path, temporaryPath, file);

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => Position;

    public override long Position
    {
        get => _file.Position + (_heldBack?.Length ?? 0);
        set => throw new NotSupportedException();
    }

    /// <exception cref="IOException">The folder is not there or not writable.</exception>
    public static OutputFile Create(string path)
    {
        var fullPath = Path.GetFullPath(path);
        if (Directory.Exists(fullPath))
            throw new IOException($"{fullPath}: is a folder; name a file to write");
        var temporaryPath = TemporaryFiles.NameFor(fullPath);
        try
        {
            var file = new FileStream(temporaryPath, FileMode.CreateNew, FileAccess.Write, FileShare.Read, 1 << 16);
            return new OutputFile(fullPath, temporaryPath, file);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw CannotWrite(
                fullPath, temporaryPath, exception, "create its folder, or choose one that can be written");
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        if (_heldBack is not null)
        {
            _heldBack.Write(buffer);
            return;
        }
        try
        {
            _file.Write(buffer);
            _hash.AppendData(buffer);
        }
        catch (IOException exception)
        {
            _failure = CannotWrite(_path, _temporaryPath, exception, "free space or choose another folder");
            throw;
        }
    }

    /// <summary>What is written from now on waits for <see cref="TakeHeldBack"/>.</summary>
    public void HoldBack() => _heldBack = new MemoryStream();

    /// <returns>What was held back, to be written changed.</returns>
    public byte[] TakeHeldBack()
    {
        var bytes = _heldBack!.ToArray();
        _heldBack = null;
        return bytes;
    }

    /// <summary>
    /// Throws what hindered writing, whatever a library has made of it on its way.
    /// </summary>
    /// <exception cref="IOException">The disk is full, say.</exception>
    public void ThrowFailure()
    {
        if (_failure is not null)
            throw _failure;
    }

    /// <summary>Gives the file its name, replacing one of that name.</summary>
    public (string Sha256, long Size) Publish(CancellationToken cancellationToken)
    {
        try
        {
            cancellationToken.ThrowIfCancellationRequested();
            var size = _file.Position;
            _file.Flush(flushToDisk: true);
            _file.Dispose();
            File.Move(_temporaryPath, _path, overwrite: true);
            Durable.FlushFolder(Path.GetDirectoryName(_path)!);
            return (Convert.ToHexStringLower(_hash.GetHashAndReset()), size);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw CannotWrite(_path, _temporaryPath, exception, "free space or check its folder");
        }
    }

    // The library flushes when it pleases; what matters is the disk, at the end.
    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            try
            {
                _file.Dispose();
            }
            catch (IOException)
            {
                // The rest of a buffer that a full disk does not take.
            }
            _hash.Dispose();
            TemporaryFiles.TryDelete(_temporaryPath);
        }
        base.Dispose(disposing);
    }

    // What the system says ends with the temporary name, which is of no use to anyone.
    private static IOException CannotWrite(string path, string temporaryPath, Exception exception, string remedy)
    {
        var cause = exception.Message.Replace($" : '{temporaryPath}'", "", StringComparison.Ordinal);
        return new IOException($"{path}: cannot be written ({ParquetLibrary.OneLine(cause)}); {remedy}", exception);
    }
}
