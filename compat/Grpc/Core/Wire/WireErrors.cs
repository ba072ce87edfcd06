namespace Grpc.Core.Wire;

/// <summary>What is wrong with received or sent messages, as the status that the call ends with.</summary>
internal static class WireErrors
{
    public static RpcException IncompleteMessage() => Internal("Incomplete message.");

    public static RpcException AdditionalData() => Internal("Additional data after the message received.");

    public static RpcException ReceivedTooLarge() => new(new Status(
        StatusCode.ResourceExhausted, "Received message exceeds the maximum configured message size."));

    public static RpcException SendingTooLarge() => new(new Status(
        StatusCode.ResourceExhausted, "Sending message exceeds the maximum configured message size."));

    public static RpcException UnknownEncoding(string name, string supported) => new(new Status(
        StatusCode.Unimplemented, $"Unsupported grpc-encoding value '{name}'. Supported encodings: {supported}"));

    public static RpcException Internal(string detail) => new(new Status(StatusCode.Internal, detail));
}
