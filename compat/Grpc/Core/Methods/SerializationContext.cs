using System.Buffers;

namespace Grpc.Core;

/// <summary>
/// Takes one message's payload: either whole, or through a buffer writer that a call to <see cref="Complete()"/> ends.
/// </summary>
public abstract class SerializationContext
{
    public virtual void Complete(byte[] payload) => throw new NotImplementedException();

    /// <summary>Announces the payload's length before the buffer writer is asked for.</summary>
    public virtual void SetPayloadLength(int payloadLength) => throw new NotImplementedException();

    public virtual IBufferWriter<byte> GetBufferWriter() => throw new NotImplementedException();

    public virtual void Complete() => throw new NotImplementedException();
}
