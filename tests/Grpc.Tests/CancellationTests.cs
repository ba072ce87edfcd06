using FineWebTorch.Grpc.Tests.Infrastructure;
using FineWebTorch.Grpc.Tests.Protos;
using Grpc.Core;
using Grpc.Net.Client;

namespace FineWebTorch.Grpc.Tests;

public sealed class CancellationTests
{
    [Fact]
    public async Task Unary_TokenCancelledBefore_FailsWithoutSending()
    {
        var sent = false;
        var client = StubServer.ClientOf(_ =>
        {
            sent = true;
            return StubServer.Response([]);
        });

        var call = client.UnaryAsync(new Note(), cancellationToken: new CancellationToken(canceled: true));
        var error = await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync.InTime());

        Assert.Equal(StatusCode.Cancelled, error.StatusCode);
        Assert.False(sent);
    }

    [Fact]
    public async Task Unary_TokenCancelledDuring_BothSidesGiveUp()
    {
        var handler = new WaitingHandler();
        await using var server = await TestServer.StartAsync(handler.Handlers);
        using var cancellation = new CancellationTokenSource();

        var call = server.Client.UnaryAsync(new Note(), cancellationToken: cancellation.Token);
        await handler.Started.InTime();
        await cancellation.CancelAsync();
        var error = await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync.InTime());

        Assert.Equal(StatusCode.Cancelled, error.StatusCode);
        Assert.Equal("Call canceled by the client.", error.Status.Detail);
        await handler.Cancelled.InTime();
    }

    [Fact]
    public async Task Unary_ChannelThrowsOperationCanceled_ExceptionIsThat()
    {
        var handler = new WaitingHandler();
        await using var server = await TestServer.StartAsync(handler.Handlers);
        using var channel = server.CreateChannel(new() { ThrowOperationCanceledOnCancellation = true });
        using var cancellation = new CancellationTokenSource();

        var call = new Testing.TestingClient(channel).UnaryAsync(new Note(), cancellationToken: cancellation.Token);
        await handler.Started.InTime();
        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call.ResponseAsync.InTime());
        Assert.Equal(StatusCode.Cancelled, call.GetStatus().StatusCode);
    }

    [Fact]
    public async Task Unary_CallDisposed_BothSidesGiveUp()
    {
        var handler = new WaitingHandler();
        await using var server = await TestServer.StartAsync(handler.Handlers);

        var call = server.Client.UnaryAsync(new Note());
        await handler.Started.InTime();
        call.Dispose();

        var error = await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync.InTime());
        Assert.Equal(StatusCode.Cancelled, error.StatusCode);
        await handler.Cancelled.InTime();
    }

    [Fact]
    public async Task Channel_Disposed_EndsItsCallsAndRefusesNewOnes()
    {
        var handler = new WaitingHandler();
        await using var server = await TestServer.StartAsync(handler.Handlers);
        var channel = server.CreateChannel();
        var client = new Testing.TestingClient(channel);

        var call = client.UnaryAsync(new Note());
        await handler.Started.InTime();
        channel.Dispose();

        var error = await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync.InTime());
        Assert.Equal(StatusCode.Cancelled, error.StatusCode);
        await handler.Cancelled.InTime();
        Assert.Throws<ObjectDisposedException>(() =>
        {
            _ = client.UnaryAsync(new Note());
        });
    }

    [Fact]
    public async Task DuplexStreaming_ClientCancels_HandlersReadFailsAndTokenFires()
    {
        var reading = new TaskCompletionSource();
        var failed = new TaskCompletionSource<(Exception Error, bool Cancelled)>();
        await using var server = await TestServer.StartAsync(new()
        {
            DuplexStreaming = async (requests, _, context) =>
            {
                Assert.True(await requests.MoveNext());
                var next = requests.MoveNext();
                reading.SetResult();
                var error = await Assert.ThrowsAnyAsync<Exception>(() => next);
                await WhenCancelled(context.CancellationToken);
                failed.SetResult((error, context.CancellationToken.IsCancellationRequested));
            },
        });

        var call = server.Client.DuplexStreaming();
        await call.RequestStream.WriteAsync(new Note()).InTime();
        await reading.Task.InTime();
        call.Dispose();

        var (error, cancelled) = await failed.Task.InTime();
        Assert.True(error is IOException or OperationCanceledException, error.ToString());
        Assert.True(cancelled);
        Assert.Throws<ObjectDisposedException>(() =>
        {
            call.RequestStream.WriteAsync(new Note()).GetAwaiter().GetResult();
        });
    }

    [Fact]
    public async Task ServerStreaming_ClientGone_HandlersWritesFail()
    {
        var failed = new TaskCompletionSource<Exception>();
        await using var server = await TestServer.StartAsync(new()
        {
            ServerStreaming = async (_, responses, context) =>
            {
                await responses.WriteAsync(new Note());
                await WhenCancelled(context.CancellationToken);
                failed.SetResult(await Assert.ThrowsAnyAsync<Exception>(() => responses.WriteAsync(new Note())));
            },
        });

        var call = server.Client.ServerStreaming(new Note());
        Assert.True(await call.ResponseStream.MoveNext().InTime());
        call.Dispose();

        Assert.IsType<InvalidOperationException>(await failed.Task.InTime());
    }

    [Fact]
    public async Task ServerStreaming_ReadsTokenCancelled_EndsTheCall()
    {
        var cancelled = new TaskCompletionSource();
        await using var server = await TestServer.StartAsync(new()
        {
            ServerStreaming = async (_, responses, context) =>
            {
                await responses.WriteAsync(new Note());
                await WhenCancelled(context.CancellationToken);
                cancelled.SetResult();
            },
        });
        using var cancellation = new CancellationTokenSource();

        using var call = server.Client.ServerStreaming(new Note());
        Assert.True(await call.ResponseStream.MoveNext(cancellation.Token).InTime());
        var next = call.ResponseStream.MoveNext(cancellation.Token);
        await cancellation.CancelAsync();

        var error = await Assert.ThrowsAsync<RpcException>(() => next.InTime());
        Assert.Equal(StatusCode.Cancelled, error.StatusCode);
        await cancelled.Task.InTime();
    }

    [Fact]
    public async Task DuplexStreaming_HandlersReadTokenCancelled_TheStreamGoesOn()
    {
        await using var server = await TestServer.StartAsync(new()
        {
            DuplexStreaming = async (requests, responses, _) =>
            {
                using var cancellation = new CancellationTokenSource();
                var read = requests.MoveNext(cancellation.Token);
                await cancellation.CancelAsync();
                await Assert.ThrowsAnyAsync<OperationCanceledException>(() => read);
                await responses.WriteAsync(new Note { Text = "ready" });
                Assert.True(await requests.MoveNext(CancellationToken.None));
                await responses.WriteAsync(requests.Current);
            },
        });

        using var call = server.Client.DuplexStreaming();
        Assert.True(await call.ResponseStream.MoveNext().InTime());
        await call.RequestStream.WriteAsync(new Note { Text = "again" }).InTime();

        Assert.True(await call.ResponseStream.MoveNext().InTime());
        Assert.Equal("again", call.ResponseStream.Current.Text);
    }

    [Fact]
    public async Task Server_StopsWithoutPatience_ClientsStreamFails()
    {
        var server = await TestServer.StartAsync(new()
        {
            ServerStreaming = async (_, responses, context) =>
            {
                await responses.WriteAsync(new Note());
                await WhenCancelled(context.CancellationToken);
            },
        });
        using var channel = GrpcChannel.ForAddress(server.Address);
        using var call = new Testing.TestingClient(channel).ServerStreaming(new Note());
        Assert.True(await call.ResponseStream.MoveNext().InTime());

        var next = call.ResponseStream.MoveNext();
        await server.DisposeAsync();

        var error = await Assert.ThrowsAsync<RpcException>(() => next.InTime());
        Assert.NotEqual(StatusCode.OK, error.StatusCode);
    }

    private static Task WhenCancelled(CancellationToken token)
    {
        var source = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        token.Register(source.SetResult);
        return source.Task.InTime();
    }

    private sealed class WaitingHandler
    {
        private readonly TaskCompletionSource _started = new();
        private readonly TaskCompletionSource _cancelled = new();

        public WaitingHandler() => Handlers = new()
        {
            Unary = async (request, context) =>
            {
                _started.SetResult();
                await WhenCancelled(context.CancellationToken);
                _cancelled.SetResult();
                return request;
            },
        };

        public Handlers Handlers { get; }

        public Task Started => _started.Task;

        public Task Cancelled => _cancelled.Task;
    }
}
