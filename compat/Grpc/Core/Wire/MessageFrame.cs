using System.Buffers;
using System.Buffers.Binary;

namespace Grpc.Core.Wire;

/// <summary>
/// One message as it goes on the wire: 1 byte compressed flag, 4 bytes big-endian length, payload.
/// Serialisers write into it; its memory is pooled and returned on disposal.
/// </summary>
internal sealed class MessageFrame : SerializationContext, IBufferWriter<byte>, IDisposable
{
    public const int HeaderLength = 5;

    private byte[] _buffer = [];
    private int _end = HeaderLength;
    private bool _complete;

    public ReadOnlyMemory<byte> Payload => _buffer.AsMemory(HeaderLength, PayloadLength);

    public int PayloadLength => _end - HeaderLength;

    /// <summary>The whole frame, its header filled in.</summary>
    public ReadOnlyMemory<byte> Seal(bool compressed)
    {
        Reserve(0);
        _buffer[0] = compressed ? (byte)1 : (byte)0;
        BinaryPrimitives.WriteInt32BigEndian(_buffer.AsSpan(1), PayloadLength);
        return _buffer.AsMemory(0, _end);
    }

    public override void Complete(byte[] payload)
    {
        ArgumentNullException.ThrowIfNull(payload);
        this.Write(payload);
        Complete();
    }

    public override void SetPayloadLength(int payloadLength) => Reserve(payloadLength);

    public override IBufferWriter<byte> GetBufferWriter() => this;

    public override void Complete()
    {
        if (_complete) throw new InvalidOperationException("The message has been serialised already.");
        _complete = true;
    }

    public void RequireComplete()
    {
        if (!_complete) throw new InvalidOperationException("The serialiser did not complete the message.");
    }

    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, _buffer.Length - _end);
        _end += count;
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(Math.Max(sizeHint, 1));
        return _buffer.AsMemory(_end);
    }

    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    public void Dispose()
    {
        if (_buffer.Length > 0) ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
        _end = HeaderLength;
    }

    private void Reserve(int more)
    {
        var needed = checked(_end + more);
        if (needed <= _buffer.Length) return;
        var larger = ArrayPool<byte>.Shared.Rent((int)Math.Max(needed, Math.Min(2L * _buffer.Length, Array.MaxLength)));
        if (_buffer.Length > 0)
        {
            _buffer.AsSpan(0, _end).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_buffer);
        }

        _buffer = larger;
    }
}
