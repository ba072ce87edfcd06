using FineWebTorch.Grpc.Tests.Protos;
using Google.Protobuf;
using Grpc.Core;

namespace FineWebTorch.Grpc.Tests.Infrastructure;

/// <summary>A service for clients of other makes: the first message's text says what it is to do.</summary>
internal sealed class PeerHandlers
{
    private readonly TaskCompletionSource _cancelled = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Handlers Handlers => new()
    {
        Unary = UnaryAsync,
        ClientStreaming = async (requests, _) =>
        {
            var sum = 0;
            await foreach (var note in requests.ReadAllAsync()) sum += note.Number;
            return new Note { Number = sum };
        },
        ServerStreaming = async (request, responses, context) =>
        {
            for (var i = 0; i < request.Number; i++)
                await responses.WriteAsync(new Note { Number = i, Text = request.Text });
            if (request.Text == "fail") throw new RpcException(new Status(StatusCode.DataLoss, "torn"));
            if (request.Text == "wait") await WaitAsync(context);
        },
        DuplexStreaming = async (requests, responses, _) =>
        {
            await foreach (var note in requests.ReadAllAsync()) await responses.WriteAsync(note);
        },
    };

    private async Task<Note> UnaryAsync(Note request, ServerCallContext context)
    {
        switch (request.Text)
        {
            case "metadata":
                return await EchoMetadataAsync(request, context);
            case "gzip" or "deflate":
                await context.WriteResponseHeadersAsync(new() { { "grpc-internal-encoding-request", request.Text } });
                return new Note { Text = new string('z', request.Number) };
            case "fail":
                throw new RpcException(
                    new Status(StatusCode.NotFound, "keine Zeile: 100 % ä\n"),
                    new Metadata { { "why-bin", [0, 255] } });
            case "throw":
                throw new InvalidOperationException("secret");
            case "null":
                return null!;
            case "wait":
                await WaitAsync(context);
                return request;
            case "was cancelled":
                await _cancelled.Task.InTime();
                return request;
            case "large":
                return new Note { Data = ByteString.CopyFrom(new byte[request.Number]) };
            default:
                return request;
        }
    }

    private static async Task<Note> EchoMetadataAsync(Note request, ServerCallContext context)
    {
        var echoed = new Metadata();
        foreach (var entry in context.RequestHeaders)
        {
            if (!entry.Key.StartsWith("x-", StringComparison.Ordinal)) continue;
            echoed.Add(entry);
            context.ResponseTrailers.Add(entry);
        }

        await context.WriteResponseHeadersAsync(echoed);
        return request;
    }

    private async Task WaitAsync(ServerCallContext context)
    {
        var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = context.CancellationToken.Register(cancelled.SetResult);
        await cancelled.Task;
        _cancelled.TrySetResult();
    }
}
