using FineWebTorch.Grpc.Tests.Protos;
using Grpc.Core;

namespace FineWebTorch.Grpc.Tests.Infrastructure;

internal sealed class TestingService(Handlers handlers) : Testing.TestingBase
{
    public override Task<Note> Unary(Note request, ServerCallContext context) =>
        handlers.Unary?.Invoke(request, context) ?? base.Unary(request, context);

    public override Task<Note> ClientStreaming(IAsyncStreamReader<Note> requestStream, ServerCallContext context) =>
        handlers.ClientStreaming?.Invoke(requestStream, context) ?? base.ClientStreaming(requestStream, context);

    public override Task ServerStreaming(
        Note request, IServerStreamWriter<Note> responseStream, ServerCallContext context) =>
        handlers.ServerStreaming?.Invoke(request, responseStream, context)
        ?? base.ServerStreaming(request, responseStream, context);

    public override Task DuplexStreaming(
        IAsyncStreamReader<Note> requestStream,
        IServerStreamWriter<Note> responseStream,
        ServerCallContext context) =>
        handlers.DuplexStreaming?.Invoke(requestStream, responseStream, context)
        ?? base.DuplexStreaming(requestStream, responseStream, context);
}
