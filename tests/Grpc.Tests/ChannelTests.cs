using System.Net;
using System.Net.Sockets;
using FineWebTorch.Grpc.Tests.Infrastructure;
using FineWebTorch.Grpc.Tests.Protos;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace FineWebTorch.Grpc.Tests;

public sealed class ChannelTests
{
    private static readonly Handlers Echo = new() { Unary = (request, _) => Task.FromResult(request) };

    [Fact]
    public async Task Connect_ServerIsThere_ChannelIsReady()
    {
        await using var server = await TestServer.StartAsync(Echo);
        using var channel = server.CreateChannel();
        Assert.Equal(ConnectivityState.Idle, channel.State);

        await channel.ConnectAsync().InTime();

        Assert.Equal(ConnectivityState.Ready, channel.State);
        await new Testing.TestingClient(channel).UnaryAsync(new Note()).ResponseAsync.InTime();
    }

    [Fact]
    public async Task Connect_NobodyListens_WaitsUntilCancelled()
    {
        using var channel = GrpcChannel.ForAddress($"http://127.0.0.1:{UnusedPort()}");
        using var cancellation = new CancellationTokenSource();

        var connecting = channel.ConnectAsync(cancellation.Token);
        while (channel.State != ConnectivityState.TransientFailure)
            await channel.WaitForStateChangedAsync(channel.State, cancellation.Token).InTime();
        Assert.False(connecting.IsCompleted);
        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => connecting.InTime());
    }

    [Fact]
    public async Task WaitForReady_ServerComesLater_CallSucceeds()
    {
        var port = UnusedPort();
        using var channel = GrpcChannel.ForAddress($"http://127.0.0.1:{port}");
        var call = new Testing.TestingClient(channel).UnaryAsync(
            new Note { Text = "late" }, new CallOptions().WithWaitForReady());
        while (channel.State != ConnectivityState.TransientFailure)
            await channel.WaitForStateChangedAsync(channel.State).InTime();

        await using var server = await TestServer.StartAsync(
            services => services.AddSingleton(Echo).AddGrpc(),
            application => application.MapGrpcService<TestingService>(),
            port: port);

        Assert.Equal("late", (await call.ResponseAsync.InTime()).Text);
    }

    [Fact]
    public async Task Channel_ServerGoesAndComesBack_IsUsableAgain()
    {
        var port = UnusedPort();
        var first = await StartAsync();
        using var channel = GrpcChannel.ForAddress(first.Address);
        var client = new Testing.TestingClient(channel);
        await client.UnaryAsync(new Note()).ResponseAsync.InTime();
        await first.DisposeAsync();
        await Assert.ThrowsAsync<RpcException>(() => client.UnaryAsync(new Note()).ResponseAsync.InTime());

        await using var second = await StartAsync();

        Assert.Equal("again", (await client.UnaryAsync(new Note { Text = "again" }).ResponseAsync.InTime()).Text);

        Task<TestServer> StartAsync() => TestServer.StartAsync(
            services => services.AddSingleton(Echo).AddGrpc(),
            application => application.MapGrpcService<TestingService>(),
            port: port);
    }

    [Fact]
    public async Task Handler_MoreCallsThanStreamsOnAConnection_AllGoOnAtOnce()
    {
        const int calls = 12;
        using var all = new CountdownEvent(calls);
        var release = new TaskCompletionSource();
        var handlers = new Handlers
        {
            Unary = async (request, _) =>
            {
                if (all.Signal()) release.SetResult();
                await release.Task;
                return request;
            },
        };
        await using var server = await TestServer.StartAsync(
            services => services.AddSingleton(handlers).AddGrpc(),
            application => application.MapGrpcService<TestingService>(),
            kestrel => kestrel.Limits.Http2.MaxStreamsPerConnection = 4);

        var replies = Enumerable.Range(0, calls).Select(_ => server.Client.UnaryAsync(new Note()).ResponseAsync);

        await Task.WhenAll(replies).InTime();
    }

    [Fact]
    public async Task Handler_OfTheCaller_CarriesKeepAliveSettings()
    {
        var handlers = new Handlers
        {
            DuplexStreaming = async (requests, responses, _) =>
            {
                await foreach (var note in requests.ReadAllAsync()) await responses.WriteAsync(note);
            },
        };
        await using var server = await TestServer.StartAsync(
            services => services.AddSingleton(handlers).AddGrpc(),
            application => application.MapGrpcService<TestingService>(),
            kestrel =>
            {
                kestrel.Limits.Http2.KeepAlivePingDelay = TimeSpan.FromSeconds(1);
                kestrel.Limits.Http2.KeepAlivePingTimeout = TimeSpan.FromSeconds(20);
            });
        using var channel = server.CreateChannel(new()
        {
            DisposeHttpClient = true,
            HttpHandler = new SocketsHttpHandler
            {
                EnableMultipleHttp2Connections = true,
                KeepAlivePingDelay = TimeSpan.FromSeconds(1),
                KeepAlivePingTimeout = TimeSpan.FromSeconds(20),
                KeepAlivePingPolicy = HttpKeepAlivePingPolicy.Always,
            },
        });

        using var call = new Testing.TestingClient(channel).DuplexStreaming();
        // Idle for longer than the pings' delay: that they are exchanged is what the connection has to survive.
        await Task.Delay(TimeSpan.FromSeconds(1.5));
        await call.RequestStream.WriteAsync(new Note { Text = "still here" }).InTime();

        Assert.True(await call.ResponseStream.MoveNext().InTime());
        Assert.Equal("still here", call.ResponseStream.Current.Text);
    }

    [Fact]
    public async Task Handler_SharedByTwoChannels_EachReachesItsServer()
    {
        await using var first = await TestServer.StartAsync(new() { Unary = Answer("first") });
        await using var second = await TestServer.StartAsync(new() { Unary = Answer("second") });
        using var handler = new SocketsHttpHandler();
        using var toFirst = first.CreateChannel(new() { HttpHandler = handler });
        using var toSecond = second.CreateChannel(new() { HttpHandler = handler });

        var texts = new[] { toFirst, toSecond }.Select(
            async channel => (await new Testing.TestingClient(channel).UnaryAsync(new Note())).Text);

        Assert.Equal(["first", "second"], await Task.WhenAll(texts).InTime());

        static UnaryServerMethod<Note, Note> Answer(string text) =>
            (_, _) => Task.FromResult(new Note { Text = text });
    }

    [Fact]
    public async Task HttpClient_OfTheCaller_StreamsResponses()
    {
        var release = new TaskCompletionSource();
        await using var server = await TestServer.StartAsync(new()
        {
            ServerStreaming = async (request, responses, _) =>
            {
                await responses.WriteAsync(request);
                await release.Task;
            },
        });
        using var http = new HttpClient();
        using var channel = server.CreateChannel(new() { HttpClient = http });
        using var call = new Testing.TestingClient(channel).ServerStreaming(new Note { Text = "first" });

        Assert.True(await call.ResponseStream.MoveNext().InTime());
        release.SetResult();

        Assert.False(await call.ResponseStream.MoveNext().InTime());
        Assert.Throws<InvalidOperationException>(() => channel.State);
    }

    [Fact]
    public void ForAddress_HandlerAndClientBothGiven_Throws()
    {
        using var http = new HttpClient();
        using var handler = new SocketsHttpHandler();

        Assert.Throws<ArgumentException>(() => GrpcChannel.ForAddress(
            "http://localhost", new GrpcChannelOptions { HttpClient = http, HttpHandler = handler }));
    }

    [Fact]
    public void ForAddress_AnyAddress_TargetIsHostAndPort()
    {
        using var channel = GrpcChannel.ForAddress(new Uri("http://head:5090"));

        Assert.Equal("head:5090", channel.Target);
    }

    private static int UnusedPort()
    {
        using var socket = new TcpListener(IPAddress.Loopback, 0);
        socket.Start();
        return ((IPEndPoint)socket.LocalEndpoint).Port;
    }
}
