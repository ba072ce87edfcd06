using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using Grpc.Net.Compression;

namespace Grpc.Core.Wire;

/// <summary>Takes the messages of one direction of a call from a pipe. One read at a time.</summary>
/// <param name="input">Grows with what has arrived, not with what a message claims to be long.</param>
/// <param name="deserializer">Sees the payload in place.</param>
/// <param name="encodings">What compressed messages may be compressed with.</param>
/// <param name="encoding">The peer's <c>grpc-encoding</c>, if it sent one.</param>
/// <param name="maxLength">Bytes of a payload, compressed or not; null for no limit.</param>
internal sealed class MessageReader<T>(
    PipeReader input,
    Func<DeserializationContext, T> deserializer,
    Encodings encodings,
    string? encoding,
    int? maxLength)
    where T : class
{
    /// <summary>The next message, or null at the end of the stream.</summary>
    /// <exception cref="RpcException">The peer broke the protocol or the size limit.</exception>
    /// <exception cref="OperationCanceledException">Also after <see cref="CancelPendingRead"/>.</exception>
    public async ValueTask<T?> ReadAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var result = await input.ReadAsync(cancellationToken).ConfigureAwait(false);
            var buffer = result.Buffer;
            if (result.IsCanceled)
            {
                input.AdvanceTo(buffer.Start);
                throw new OperationCanceledException("The call ended while a message was waited for.");
            }

            if (TryTakeFrame(buffer, out var payload, out var compressed))
            {
                var message = Deserialize(payload, compressed);
                input.AdvanceTo(payload.End);
                return message;
            }

            // All of it is examined: the next read waits for more.
            input.AdvanceTo(buffer.Start, buffer.End);
            if (!result.IsCompleted) continue;
            return buffer.IsEmpty ? null : throw WireErrors.IncompleteMessage();
        }
    }

    /// <summary>The only message, or null where there is none.</summary>
    /// <exception cref="RpcException">There is more than one, or as <see cref="ReadAsync"/>.</exception>
    public async ValueTask<T?> ReadSingleAsync(CancellationToken cancellationToken)
    {
        var message = await ReadAsync(cancellationToken).ConfigureAwait(false);
        if (message is null) return null;
        var result = await input.ReadAtLeastAsync(1, cancellationToken).ConfigureAwait(false);
        var more = !result.Buffer.IsEmpty;
        input.AdvanceTo(result.Buffer.Start);
        return more ? throw WireErrors.AdditionalData() : message;
    }

    /// <summary>Ends the read in progress, from any thread; without one, the next read.</summary>
    public void CancelPendingRead() => input.CancelPendingRead();

    private bool TryTakeFrame(
        ReadOnlySequence<byte> buffer, out ReadOnlySequence<byte> payload, out bool compressed)
    {
        payload = default;
        compressed = false;
        if (buffer.Length < MessageFrame.HeaderLength) return false;
        Span<byte> header = stackalloc byte[MessageFrame.HeaderLength];
        buffer.Slice(0, MessageFrame.HeaderLength).CopyTo(header);
        if (header[0] > 1) throw WireErrors.Internal("Unexpected compressed flag value in message header.");
        compressed = header[0] == 1;
        var length = BinaryPrimitives.ReadUInt32BigEndian(header[1..]);
        if (length > (maxLength ?? int.MaxValue)) throw WireErrors.ReceivedTooLarge();
        if (buffer.Length - MessageFrame.HeaderLength < length) return false;
        payload = buffer.Slice(MessageFrame.HeaderLength, length);
        return true;
    }

    private T Deserialize(ReadOnlySequence<byte> payload, bool compressed)
    {
        if (compressed) payload = Decompress(encodings.Require(encoding), payload);
        return deserializer(new ReceivedMessage(payload));
    }

    private ReadOnlySequence<byte> Decompress(ICompressionProvider provider, ReadOnlySequence<byte> payload)
    {
        // Some peers send an empty message as no bytes at all, although flagged as compressed.
        if (payload.IsEmpty) return payload;
        var output = new ArrayBufferWriter<byte>();
        using var source = PipeReader.Create(payload).AsStream();
        using var stream = provider.CreateDecompressionStream(source);
        while (true)
        {
            var read = stream.Read(output.GetSpan(4096));
            if (read == 0) return new(output.WrittenMemory);
            output.Advance(read);
            if (output.WrittenCount > maxLength) throw WireErrors.ReceivedTooLarge();
        }
    }
}
