namespace Grpc.Core;

[Flags]
public enum WriteFlags
{
    /// <summary>More messages follow soon: no need to flush after this one.</summary>
    BufferHint = 1,

    /// <summary>Send this message as it is, even where the call has an encoding.</summary>
    NoCompress = 2,
}
