using FineWebTorch.Grpc.Tests.Infrastructure;
using FineWebTorch.Grpc.Tests.Protos;
using Grpc.Core;

namespace FineWebTorch.Grpc.Tests;

/// <summary>Handlers that return while a read of theirs is waiting for the client.</summary>
public sealed class PendingReadTests
{
    // Kestrel serves later calls of a connection with the streams of earlier ones.
    private const int Calls = 20;

    [Fact]
    public async Task DuplexStreaming_HandlerReturnsWhileReading_LaterCallsReadTheirOwnMessages()
    {
        await using var server = await TestServer.StartAsync(new()
        {
            DuplexStreaming = async (requests, responses, context) =>
            {
                Assert.True(await requests.MoveNext());
                await responses.WriteAsync(requests.Current);
                _ = requests.MoveNext(context.CancellationToken);
            },
        });

        for (var number = 0; number < Calls; number++)
        {
            using var call = server.Client.DuplexStreaming();
            await call.RequestStream.WriteAsync(new Note { Text = $"{number}" }).InTime();
            Assert.True(await call.ResponseStream.MoveNext().InTime());
            Assert.Equal($"{number}", call.ResponseStream.Current.Text);
            await call.RequestStream.CompleteAsync().InTime();
            Assert.False(await call.ResponseStream.MoveNext().InTime());
            Assert.Equal(StatusCode.OK, call.GetStatus().StatusCode);
        }
    }

    [Fact]
    public async Task DuplexStreaming_HandlerReturnsWhileReading_TheReadIsCancelled()
    {
        Task<bool>? read = null;
        await using var server = await TestServer.StartAsync(new()
        {
            DuplexStreaming = (requests, _, _) =>
            {
                read = requests.MoveNext();
                return Task.CompletedTask;
            },
        });

        using var call = server.Client.DuplexStreaming();
        Assert.False(await call.ResponseStream.MoveNext().InTime());

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => read!.InTime());
    }
}
