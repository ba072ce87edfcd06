namespace Grpc.Core.Wire;

internal static class MessageSize
{
    /// <summary>Bytes of a received message that both sides accept unless told otherwise.</summary>
    public const int DefaultReceiveLimit = 4 * 1024 * 1024;
}
