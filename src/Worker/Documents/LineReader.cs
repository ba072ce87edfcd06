namespace FineWebTorch.Worker.Documents;

/// <summary>Cuts a stream of bytes into lines, without copying any but those that cross a buffer's end.</summary>
/// <param name="name">The input's name in messages.</param>
internal sealed class LineReader(Stream stream, string name)
{
    /// <summary>A line beyond this is taken for a file that has no lines.</summary>
    public const int MaxLineBytes = 256 << 20;

    private byte[] _buffer = new byte[1 << 16];
    private int _begin;
    private int _end;
    private bool _ended;

    /// <summary>Number of the line read last, from 1.</summary>
    public long LineNumber { get; private set; }

    /// <param name="line">Without its line feed; valid until the next call.</param>
    /// <returns>False at the end.</returns>
    public bool TryRead(out ReadOnlySpan<byte> line)
    {
        var searched = 0;
        while (true)
        {
            var rest = _buffer.AsSpan(_begin, _end - _begin);
            var feed = rest[searched..].IndexOf((byte)'\n');
            if (feed >= 0 || _ended)
            {
                var length = feed >= 0 ? searched + feed : rest.Length;
                line = rest[..length];
                _begin += feed >= 0 ? length + 1 : length;
                var any = feed >= 0 || length > 0;
                LineNumber += any ? 1 : 0;
                return any;
            }

            searched = rest.Length;
            Fill();
        }
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
                    $"{name}: line {LineNumber + 1} is longer than {MaxLineBytes >> 20} MiB; are these JSON lines?");
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
        catch (InvalidDataException damaged)
        {
            throw new InvalidDataException(
                $"{name}: the gzip data is damaged or cut off after line {LineNumber}; fetch the file again", damaged);
        }
    }
}
