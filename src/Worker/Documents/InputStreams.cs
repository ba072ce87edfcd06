namespace FineWebTorch.Worker.Documents;

/// <summary>Opens files of lines, plain or compressed.</summary>
internal static class InputStreams
{
    /// <summary>The name that stands for standard input.</summary>
    public const string StandardInput = "-";

    /// <summary>What an input is called in messages.</summary>
    public static string NameOf(string path) => path == StandardInput ? "standard input" : path;

    /// <param name="path">A file, or "-"; gzip is recognised by its first bytes, whatever the name.</param>
    /// <exception cref="IOException">There is no such file, or it cannot be opened.</exception>
    public static Stream Open(string path)
    {
        if (path == StandardInput)
            return Unpacked(Console.OpenStandardInput());
        if (Directory.Exists(path))
            throw new IOException($"{path}: is a folder; give a file");
        if (!File.Exists(path))
            throw new FileNotFoundException($"{path}: there is no such file", path);
        return Unpacked(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16));
    }

    /// <summary>The same bytes, or what they unpack to where they begin as gzip does.</summary>
    public static Stream Unpacked(Stream stream)
    {
        var head = new byte[2];
        var length = stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        var whole = new PrefixedStream(head.AsMemory(0, length), stream);
        return head is [0x1F, 0x8B] ? new CheckedGzipStream(whole) : whole;
    }
}

/// <summary>Bytes that were read ahead of a stream, then the stream. Owns the stream.</summary>
internal sealed class PrefixedStream(ReadOnlyMemory<byte> prefix, Stream rest) : ReadOnlyStream
{
    private ReadOnlyMemory<byte> _prefix = prefix;

    public override int Read(Span<byte> buffer)
    {
        if (_prefix.IsEmpty)
            return rest.Read(buffer);
        var count = Math.Min(buffer.Length, _prefix.Length);
        _prefix.Span[..count].CopyTo(buffer);
        _prefix = _prefix[count..];
        return count;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            rest.Dispose();
        base.Dispose(disposing);
    }
}

/// <summary>A stream that can only be read, forwards.</summary>
internal abstract class ReadOnlyStream : Stream
{
    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public sealed override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public abstract override int Read(Span<byte> buffer);

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
