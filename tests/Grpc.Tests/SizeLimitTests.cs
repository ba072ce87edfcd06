using FineWebTorch.Grpc.Tests.Infrastructure;
using FineWebTorch.Grpc.Tests.Protos;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace FineWebTorch.Grpc.Tests;

public sealed class SizeLimitTests
{
    private const int Mebibyte = 1 << 20;

    private static readonly Handlers Echo = new()
    {
        Unary = (request, _) => Task.FromResult(request),
        ServerStreaming = async (request, responses, _) => await responses.WriteAsync(request),
        ClientStreaming = async (requests, _) =>
        {
            var length = 0;
            await foreach (var note in requests.ReadAllAsync()) length += note.Data.Length;
            return new Note { Number = length };
        },
    };

    [Fact]
    public async Task Unary_ThreeMebibytes_PassByDefault()
    {
        await using var server = await TestServer.StartAsync(Echo);
        var note = NoteOf(3 * Mebibyte);

        Assert.Equal(note, await server.Client.UnaryAsync(note).ResponseAsync.InTime());
    }

    [Fact]
    public async Task Unary_RequestOverFourMebibytes_IsRefusedByTheServer()
    {
        await using var server = await TestServer.StartAsync(Echo);

        var error = await Assert.ThrowsAsync<RpcException>(
            () => server.Client.UnaryAsync(NoteOf(4 * Mebibyte)).ResponseAsync.InTime());

        Assert.Equal(StatusCode.ResourceExhausted, error.StatusCode);
        Assert.Equal("Received message exceeds the maximum configured message size.", error.Status.Detail);
    }

    [Fact]
    public async Task Unary_ResponseOverFourMebibytes_IsRefusedByTheClient()
    {
        await using var server = await TestServer.StartAsync(
            new() { Unary = (_, _) => Task.FromResult(NoteOf(4 * Mebibyte)) });

        var error = await Assert.ThrowsAsync<RpcException>(
            () => server.Client.UnaryAsync(new Note()).ResponseAsync.InTime());

        Assert.Equal(StatusCode.ResourceExhausted, error.StatusCode);
    }

    [Fact]
    public async Task ServerStreaming_ResponseOverLimit_EndsTheStream()
    {
        await using var server = await TestServer.StartAsync(Echo);
        using var channel = server.CreateChannel(new() { MaxReceiveMessageSize = 100 });
        using var call = new Testing.TestingClient(channel).ServerStreaming(NoteOf(200));

        var error = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext().InTime());

        Assert.Equal(StatusCode.ResourceExhausted, error.StatusCode);
        Assert.Equal(StatusCode.ResourceExhausted, call.GetStatus().StatusCode);
    }

    [Fact]
    public async Task Unary_NoLimits_TwentyMebibytesPass()
    {
        await using var server = await TestServer.StartAsync(Echo, options => options.MaxReceiveMessageSize = null);
        using var channel = server.CreateChannel(new() { MaxReceiveMessageSize = null });
        var note = NoteOf(20 * Mebibyte);

        Assert.Equal(note, await new Testing.TestingClient(channel).UnaryAsync(note).ResponseAsync.InTime());
    }

    [Fact]
    public async Task Unary_OverClientsSendLimit_IsNotSent()
    {
        var client = StubServer.ClientOf(
            _ => StubServer.Response(Frames.Of(new Note())), options => options.MaxSendMessageSize = 100);

        var error = await Assert.ThrowsAsync<RpcException>(
            () => client.UnaryAsync(NoteOf(200)).ResponseAsync.InTime());

        Assert.Equal(StatusCode.ResourceExhausted, error.StatusCode);
    }

    [Fact]
    public async Task Unary_OverServersSendLimit_Fails()
    {
        await using var server = await TestServer.StartAsync(Echo, options => options.MaxSendMessageSize = 100);

        var error = await Assert.ThrowsAsync<RpcException>(
            () => server.Client.UnaryAsync(NoteOf(200)).ResponseAsync.InTime());

        Assert.Equal(StatusCode.ResourceExhausted, error.StatusCode);
    }

    [Fact]
    public async Task Unary_OverKestrelsBodyLimit_FailsThoughGrpcHasNoLimit()
    {
        await using var server = await StartWithBodyLimitAsync(Mebibyte);

        var error = await Assert.ThrowsAsync<RpcException>(
            () => server.Client.UnaryAsync(NoteOf(2 * Mebibyte)).ResponseAsync.InTime());

        Assert.NotEqual(StatusCode.OK, error.StatusCode);
    }

    [Fact]
    public async Task ClientStreaming_OverKestrelsBodyLimit_Passes()
    {
        await using var server = await StartWithBodyLimitAsync(Mebibyte);

        using var call = server.Client.ClientStreaming();
        for (var i = 0; i < 3; i++) await call.RequestStream.WriteAsync(NoteOf(Mebibyte)).InTime();
        await call.RequestStream.CompleteAsync();

        Assert.Equal(3 * Mebibyte, (await call.ResponseAsync.InTime()).Number);
    }

    private static Task<TestServer> StartWithBodyLimitAsync(long limit) => TestServer.StartAsync(
        services =>
        {
            services.AddSingleton(Echo);
            services.AddGrpc(options => options.MaxReceiveMessageSize = null);
        },
        application => application.MapGrpcService<TestingService>(),
        kestrel => kestrel.Limits.MaxRequestBodySize = limit);

    private static Note NoteOf(int bytes)
    {
        var data = new byte[bytes];
        new Random(bytes).NextBytes(data);
        return new Note { Data = UnsafeByteOperations.UnsafeWrap(data) };
    }
}
