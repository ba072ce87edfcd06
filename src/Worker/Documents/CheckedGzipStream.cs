using System.Buffers.Binary;
using System.IO.Compression;

namespace FineWebTorch.Worker.Documents;

/// <summary>
/// Unpacks gzip and notices when the data was cut off, which <see cref="GZipStream"/> takes for the end: the last four
/// bytes must be the unpacked length. (Of several members one after another only the last one's length is there; files
/// that may be of that kind are taken as they are.)
/// </summary>
internal sealed class CheckedGzipStream : ReadOnlyStream
{
    private readonly Watch _packed;
    private readonly GZipStream _unpacked;
    private uint _length;

    public CheckedGzipStream(Stream packed)
    {
        _packed = new Watch(packed);
        _unpacked = new GZipStream(_packed, CompressionMode.Decompress);
    }

    /// <exception cref="InvalidDataException">The data is damaged or was cut off.</exception>
    public override int Read(Span<byte> buffer)
    {
        var count = _unpacked.Read(buffer);
        _length += (uint)count;
        if (count == 0 && !buffer.IsEmpty && _packed.LastFour != _length && _packed.Members == 1)
            throw new InvalidDataException("the gzip data ends too early");
        return count;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _unpacked.Dispose();
        base.Dispose(disposing);
    }

    private sealed class Watch(Stream packed) : ReadOnlyStream
    {
        private readonly byte[] _tail = new byte[4];

        /// <summary>Places that look like the beginning of a member; at least as many as there are.</summary>
        public int Members { get; private set; }

        public uint LastFour => BinaryPrimitives.ReadUInt32LittleEndian(_tail);

        public override int Read(Span<byte> buffer)
        {
            var count = packed.Read(buffer);
            foreach (var next in buffer[..count])
            {
                _tail.AsSpan(1).CopyTo(_tail);
                _tail[3] = next;
                if (_tail is [_, 0x1F, 0x8B, 0x08])
                    Members++;
            }

            return count;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                packed.Dispose();
            base.Dispose(disposing);
        }
    }
}
