using System.Buffers;

namespace Grpc.Core.Wire;

/// <summary>The payload of one received message, decompressed.</summary>
internal sealed class ReceivedMessage(ReadOnlySequence<byte> payload) : DeserializationContext
{
    public override int PayloadLength => (int)payload.Length;

    public override byte[] PayloadAsNewBuffer() => payload.ToArray();

    public override ReadOnlySequence<byte> PayloadAsReadOnlySequence() => payload;
}
