using System.Buffers;
using System.Buffers.Binary;
using System.IO.Compression;
using Grpc.Net.Compression;

namespace Grpc.Core.Wire;

/// <summary>
/// One message as it goes on the wire: 1 byte compressed flag, 4 bytes big-endian length, payload.
/// Serialisers write into it; its memory is pooled and returned on disposal.
/// </summary>
internal sealed class MessageFrame : SerializationContext, IBufferWriter<byte>, IDisposable
{
    public const int HeaderLength = 5;

    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(512);
    private int _end = HeaderLength;
    private bool _complete;

    public ReadOnlyMemory<byte> Payload => _buffer.AsMemory(HeaderLength, PayloadLength);

    public int PayloadLength => _end - HeaderLength;

    /// <summary>The frame of a message.</summary>
    /// <exception cref="RpcException">The payload is longer than <paramref name="maxLength"/>.</exception>
    public static MessageFrame Of<T>(T message, Action<T, SerializationContext> serializer, int? maxLength)
    {
        var frame = new MessageFrame();
        try
        {
            serializer(message, frame);
            if (!frame._complete) throw new InvalidOperationException("The serialiser did not complete the message.");
            if (frame.PayloadLength > maxLength) throw WireErrors.SendingTooLarge();
            return frame;
        }
        catch
        {
            frame.Dispose();
            throw;
        }
    }

    /// <summary>What goes on the wire. Valid until disposal.</summary>
    /// <param name="compression">Null to send the payload as it is.</param>
    /// <param name="level">Null for the provider's own.</param>
    public ReadOnlyMemory<byte> Encode(ICompressionProvider? compression, CompressionLevel? level = null)
    {
        // Compressing nothing yields no bytes, which not every peer can decompress.
        if (compression is null || PayloadLength == 0)
        {
            WriteHeader(_buffer, compressed: false, PayloadLength);
            return _buffer.AsMemory(0, _end);
        }

        var output = new MemoryStream();
        output.SetLength(HeaderLength);
        output.Position = HeaderLength;
        using (var stream = compression.CreateCompressionStream(output, level)) stream.Write(Payload.Span);
        var bytes = output.GetBuffer().AsMemory(0, (int)output.Length);
        WriteHeader(bytes.Span, compressed: true, bytes.Length - HeaderLength);
        return bytes;
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

    private static void WriteHeader(Span<byte> frame, bool compressed, int length)
    {
        frame[0] = compressed ? (byte)1 : (byte)0;
        BinaryPrimitives.WriteInt32BigEndian(frame[1..], length);
    }

    private void Reserve(int more)
    {
        var needed = checked(_end + more);
        if (needed <= _buffer.Length) return;
        var larger = ArrayPool<byte>.Shared.Rent((int)Math.Max(needed, Math.Min(2L * _buffer.Length, Array.MaxLength)));
        _buffer.AsSpan(0, _end).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }
}
