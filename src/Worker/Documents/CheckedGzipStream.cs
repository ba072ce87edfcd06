using System.IO.Compression;

namespace FineWebTorch.Worker.Documents;

/// <summary>
/// Unpacks gzip of one or several members, with zeros behind or between them, as gzip(1) and Python read it. Notices
/// when the data was cut off, which <see cref="GZipStream"/> takes for the end, and when something else follows it.
/// </summary>
internal sealed class CheckedGzipStream : ReadOnlyStream
{
    private readonly PackedBytes _packed;
    private GZipStream _members;

    public CheckedGzipStream(Stream packed)
    {
        _packed = new PackedBytes(packed);
        _members = NewMembers();
    }

    /// <exception cref="PackedDataException">The data is damaged or was cut off.</exception>
    public override int Read(Span<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            var count = ReadMembers(buffer);
            if (count > 0)
                return count;
            if (!_packed.SkipPadding())
                return 0;
            _members.Dispose();
            _members = NewMembers();
        }

        return 0;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _members.Dispose();
            _packed.Dispose();
        }

        base.Dispose(disposing);
    }

    private GZipStream NewMembers() => new(_packed, CompressionMode.Decompress, leaveOpen: true);

    private int ReadMembers(Span<byte> buffer)
    {
        try
        {
            var count = _members.Read(buffer);
            return count == 0 || !_packed.IsOver ? count : throw new PackedDataException("gzip");
        }
        catch (InvalidDataException damaged)
        {
            throw new PackedDataException("gzip", damaged);
        }
    }

    /// <summary>
    /// The packed bytes, cut so that <see cref="GZipStream"/> is given nothing together with what follows a member: of
    /// what it holds when it has ended nobody else would know. Behind the end comes one zero; only data that was cut
    /// off has a use for it.
    /// </summary>
    private sealed class PackedBytes(Stream packed) : ReadOnlyStream
    {
        private byte[] _block = new byte[1 << 16];
        private byte[] _next = new byte[1 << 16];
        private int _at;
        private int _length;
        private int _nextLength = -1;

        /// <summary>The zero behind the end was given away.</summary>
        public bool IsOver { get; private set; }

        public override int Read(Span<byte> buffer)
        {
            if (!Fill())
            {
                if (IsOver)
                    throw new PackedDataException("gzip");
                IsOver = true;
                buffer[0] = 0;
                return 1;
            }

            var rest = _block.AsSpan(_at, _length - _at);
            // Of the last block byte by byte: anything may follow the data there.
            var zero = _nextLength == 0 ? 0 : rest.IndexOf((byte)0);
            var count = Math.Min(buffer.Length, zero < 0 ? rest.Length : Math.Max(1, zero));
            rest[..count].CopyTo(buffer);
            _at += count;
            return count;
        }

        /// <summary>Passes over zeros.</summary>
        /// <returns>False at the end.</returns>
        /// <exception cref="PackedDataException">What follows is no gzip.</exception>
        public bool SkipPadding()
        {
            while (Fill())
            {
                if (_block[_at] == 0x1F)
                    return true;
                if (_block[_at] != 0)
                    throw new PackedDataException("gzip");
                _at++;
            }

            return false;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                packed.Dispose();
            base.Dispose(disposing);
        }

        /// <summary>Makes sure that there is a byte left; false at the end.</summary>
        private bool Fill()
        {
            if (_at < _length)
                return true;
            if (_nextLength < 0)
                _nextLength = packed.Read(_next);
            (_block, _next) = (_next, _block);
            (_at, _length) = (0, _nextLength);
            if (_length > 0)
                _nextLength = packed.Read(_next);
            return _length > 0;
        }
    }
}

/// <summary>Packed data is damaged, was cut off, or is followed by something else.</summary>
/// <param name="format">Like "gzip".</param>
internal sealed class PackedDataException(string format, Exception? inner = null)
    : IOException($"the {format} data is damaged or cut off", inner)
{
    public string Format => format;
}
