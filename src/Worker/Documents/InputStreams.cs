using FineWebTorch.Common;

namespace FineWebTorch.Worker.Documents;

/// <summary>Opens files of lines, plain or compressed.</summary>
internal static class InputStreams
{
    /// <summary>The name that stands for standard input.</summary>
    public const string StandardInput = "-";

    /// <summary>What an input is called in messages.</summary>
    public static string NameOf(string path) => path == StandardInput ? "standard input" : path;

    /// <summary>Whether there is such a file that may be read.</summary>
    /// <inheritdoc cref="Open"/>
    public static void Check(string path)
    {
        // A pipe waits for who writes to it, and is opened but once.
        var isPipe = File.Exists(path) && !FileIdentity.IsRegularFile(path);
        if (path != StandardInput && !isPipe)
            OpenFile(path).Dispose();
    }

    /// <param name="path">A file, or "-"; gzip and zstd are recognised by their first bytes, whatever the name.</param>
    /// <exception cref="IOException">There is no such file, or it cannot be opened.</exception>
    public static Stream Open(string path) => path == StandardInput
        ? new AheadStream(() => Unpacked(Console.OpenStandardInput()))
        : Unpacked(OpenFile(path));

    /// <summary>The same bytes, or what they unpack to where they begin as gzip or zstd does.</summary>
    public static Stream Unpacked(Stream stream)
    {
        var head = new byte[4];
        // Two bytes at first: a short line is not to wait for the next one.
        var length = stream.ReadAtLeast(head.AsSpan(0, 2), 2, throwOnEndOfStream: false);
        if (head is [0x28, 0xB5, ..] || (head is [>= 0x50 and <= 0x5F, 0x2A, ..]))
            length += stream.ReadAtLeast(head.AsSpan(2), 2, throwOnEndOfStream: false);
        var whole = new PrefixedStream(head.AsMemory(0, length), stream);
        return head switch
        {
            [0x1F, 0x8B, ..] => new CheckedGzipStream(whole),
            // A frame, or one that is to be skipped before the first
            [0x28, 0xB5, 0x2F, 0xFD] or [>= 0x50 and <= 0x5F, 0x2A, 0x4D, 0x18] => new ZstdStream(whole),
            _ => whole,
        };
    }

    private static FileStream OpenFile(string path)
    {
        if (Directory.Exists(path))
            throw new IOException($"{path}: is a folder; give a file");
        if (!File.Exists(path))
            throw new FileNotFoundException($"{path}: there is no such file", path);
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16);
        }
        catch (UnauthorizedAccessException refused)
        {
            throw new IOException($"{path}: may not be read by this user", refused);
        }
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
