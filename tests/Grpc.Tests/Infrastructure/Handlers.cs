using FineWebTorch.Grpc.Tests.Protos;
using Grpc.Core;

namespace FineWebTorch.Grpc.Tests.Infrastructure;

/// <summary>What the test service does in one test; what is not set is unimplemented.</summary>
internal sealed class Handlers
{
    public UnaryServerMethod<Note, Note>? Unary { get; init; }

    public ClientStreamingServerMethod<Note, Note>? ClientStreaming { get; init; }

    public ServerStreamingServerMethod<Note, Note>? ServerStreaming { get; init; }

    public DuplexStreamingServerMethod<Note, Note>? DuplexStreaming { get; init; }
}
