using System.Security.Cryptography;
using FineWebTorch.Common;

namespace FineWebTorch.Parquet;

/// <summary>
/// A file for the library to write from its beginning to its end. It appears whole or not at all: disposing it
/// unpublished leaves nothing.
/// </summary>
internal sealed class OutputFile : Stream
{
    private readonly string _path;
    private readonly AtomicFile _file;
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private IOException? _failure;
    private MemoryStream? _heldBack;

    private OutputFile(string path, AtomicFile file) => (_path, _file) = (path, file);

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => Position;

    public override long Position
    {
        get => _file.Stream.Position + (_heldBack?.Length ?? 0);
        set => throw new NotSupportedException();
    }

    /// <exception cref="IOException">The folder is not there or not writable.</exception>
    public static OutputFile Create(string path)
    {
        var fullPath = Path.GetFullPath(path);
        try
        {
            return new OutputFile(fullPath, AtomicFile.Create(fullPath));
        }
        // What begins with the path is clear already.
        catch (Exception exception) when (exception is UnauthorizedAccessException
            || (exception is IOException && !exception.Message.StartsWith(fullPath, StringComparison.Ordinal)))
        {
            throw CannotWrite(fullPath, exception.Message, exception, "choose a folder that can be written");
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
            _file.Stream.Write(buffer);
            _hash.AppendData(buffer);
        }
        catch (IOException exception)
        {
            _failure = CannotWrite(exception, "free space or choose another folder");
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
            var size = _file.Stream.Position;
            _file.Commit();
            return (Convert.ToHexStringLower(_hash.GetHashAndReset()), size);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw CannotWrite(exception, "free space or check its folder");
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
                _file.Stream.Dispose();
            }
            catch (IOException)
            {
                // The rest of a buffer that a full disk does not take.
            }
            _file.Dispose();
            _hash.Dispose();
        }
        base.Dispose(disposing);
    }

    // What the system says ends with the temporary name, which is of no use to anyone.
    private IOException CannotWrite(Exception exception, string remedy) => CannotWrite(
        _path, exception.Message.Replace($" : '{_file.TemporaryPath}'", "", StringComparison.Ordinal), exception, remedy);

    private static IOException CannotWrite(string path, string cause, Exception exception, string remedy) =>
        new($"{path}: cannot be written ({ParquetLibrary.OneLine(cause)}); {remedy}", exception);
}
