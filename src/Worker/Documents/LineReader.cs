namespace FineWebTorch.Worker.Documents;

/// <summary>Cuts a stream of bytes into lines, without copying any but those that cross a buffer's end.</summary>
/// <param name="name">The input's name in messages.</param>
internal sealed class LineReader(Stream stream, string name) : IDisposable
{
    /// <summary>A line beyond this is taken for a file that has no lines.</summary>
    public const int MaxLineBytes = 256 << 20;

    private byte[] _buffer = new byte[1 << 16];
    private int _begin;
    private int _end;
    /// <summary>Bytes from <see cref="_begin"/> on that hold no line feed.</summary>
    private int _searched;
    private bool _ended;

    /// <summary>Number of the line read last, from 1.</summary>
    public long LineNumber { get; private set; }

    /// <summary>
    /// Whether the next line, or the end, can be had without waiting for a sender. Reads what has come, and fails as
    /// <see cref="TryRead"/> does.
    /// </summary>
    public bool IsReady()
    {
        if (stream is not AheadStream ahead)
            return true;
        while (!HasLine(out _) && ahead.IsReady)
            Fill();
        return HasLine(out _);
    }

    /// <param name="line">Without its line feed; valid until the next call.</param>
    /// <returns>False at the end.</returns>
    public bool TryRead(out ReadOnlySpan<byte> line)
    {
        int length;
        while (!HasLine(out length))
            Fill();
        var isLast = _begin + length == _end;
        var any = !isLast || length > 0;
        line = _buffer.AsSpan(_begin, length);
        _begin += isLast ? length : length + 1;
        _searched = 0;
        LineNumber += any ? 1 : 0;
        // A byte order mark is no part of the text.
        if (LineNumber == 1 && line.StartsWith("\uFEFF"u8))
            line = line[3..];
        return any;
    }

    public void Dispose() => stream.Dispose();

    /// <param name="length">Of the line, or of what is left at the end.</param>
    private bool HasLine(out int length)
    {
        var rest = _buffer.AsSpan(_begin, _end - _begin);
        var feed = rest[_searched..].IndexOf((byte)'\n');
        _searched = feed >= 0 ? _searched + feed : rest.Length;
        length = _searched;
        return feed >= 0 || _ended;
    }

    private void Fill()
    {
        if (_begin > 0)
        {
            _buffer.AsSpan(_begin, _end - _begin).CopyTo(_buffer);
            _end -= _begin;
            _begin = 0;
        }

        if (_end == _buffer.Length)
        {
            if (_buffer.Length >= MaxLineBytes)
                throw new IOException(
                    $"{name}: line {LineNumber + 1} is longer than {MaxLineBytes >> 20} MiB; is this a file of lines?");
            Array.Resize(ref _buffer, _buffer.Length * 2);
        }

        var read = ReadSome();
        _end += read;
        _ended = read == 0;
    }

    private int ReadSome()
    {
        try
        {
            return stream.Read(_buffer, _end, _buffer.Length - _end);
        }
        catch (PackedDataException damaged)
        {
            throw new InvalidDataException(
                $"{name}: {damaged.Message} after line {LineNumber}; fetch the file again",
                damaged);
        }
    }
}
