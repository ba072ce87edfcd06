using System.Net;
using System.Net.Sockets;
using FineWebTorch.Grpc.Tests.Infrastructure;
using FineWebTorch.Grpc.Tests.Protos;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace FineWebTorch.Grpc.Tests;

/// <summary>What a client makes of responses that no proper server sends.</summary>
public sealed class ClientMappingTests
{
    private static readonly byte[] Reply = Frames.Of(new Note { Text = "reply" });

    [Theory]
    [InlineData(400, StatusCode.Internal)]
    [InlineData(431, StatusCode.Internal)]
    [InlineData(401, StatusCode.Unauthenticated)]
    [InlineData(403, StatusCode.PermissionDenied)]
    [InlineData(404, StatusCode.Unimplemented)]
    [InlineData(429, StatusCode.Unavailable)]
    [InlineData(502, StatusCode.Unavailable)]
    [InlineData(503, StatusCode.Unavailable)]
    [InlineData(504, StatusCode.Unavailable)]
    [InlineData(415, StatusCode.Unknown)]
    [InlineData(426, StatusCode.Unknown)]
    [InlineData(500, StatusCode.Unknown)]
    public async Task HttpError_WithoutGrpcStatus_IsMapped(int httpStatus, StatusCode expected) =>
        Assert.Equal(expected, (await FailAsync(
            () => StubServer.Response([], status: null, httpStatus: (HttpStatusCode)httpStatus))).StatusCode);

    [Fact]
    public async Task HttpError_WithGrpcStatusInHeaders_GrpcStatusWins() =>
        Assert.Equal(StatusCode.NotFound, (await FailAsync(() => StubServer.Response(
            [], status: null, httpStatus: HttpStatusCode.InternalServerError, headers: [("grpc-status", "5")])))
            .StatusCode);

    [Theory]
    [InlineData(null)]
    [InlineData("text/html")]
    [InlineData("application/grpcx")]
    [InlineData("application/json")]
    public async Task ContentType_NotGrpc_IsCancelled(string? contentType) =>
        Assert.Equal(
            StatusCode.Cancelled,
            (await FailAsync(() => StubServer.Response(Reply, contentType: contentType))).StatusCode);

    [Theory]
    [InlineData("application/grpc+proto")]
    [InlineData("application/grpc; charset=utf-8")]
    public async Task ContentType_OfGrpcWithMore_IsAccepted(string contentType)
    {
        var client = StubServer.ClientOf(_ => StubServer.Response(Reply, contentType: contentType));

        Assert.Equal("reply", (await client.UnaryAsync(new Note()).ResponseAsync.InTime()).Text);
    }

    [Fact]
    public async Task Trailers_WithoutStatus_IsCancelled()
    {
        var error = await FailAsync(() => StubServer.Response(Reply, status: null));

        Assert.Equal(StatusCode.Cancelled, error.StatusCode);
        Assert.Equal("No grpc-status found on response.", error.Status.Detail);
    }

    [Fact]
    public async Task Status_UnknownNumber_IsPassedThrough() =>
        Assert.Equal((StatusCode)99, (await FailAsync(() => StubServer.Response([], status: "99"))).StatusCode);

    [Fact]
    public async Task Status_NotANumber_IsCancelled() =>
        Assert.Equal(
            StatusCode.Cancelled, (await FailAsync(() => StubServer.Response(Reply, status: "fine"))).StatusCode);

    [Fact]
    public async Task Unary_NoMessageAndOk_IsInternal() =>
        Assert.Equal(StatusCode.Internal, (await FailAsync(() => StubServer.Response([]))).StatusCode);

    [Fact]
    public async Task Unary_TrailersOnlyAndOk_IsInternal() =>
        Assert.Equal(StatusCode.Internal, (await FailAsync(
            () => StubServer.Response([], status: null, headers: [("grpc-status", "0")]))).StatusCode);

    [Fact]
    public async Task Unary_NoMessageAndError_IsTheError() =>
        Assert.Equal(StatusCode.NotFound, (await FailAsync(() => StubServer.Response([], status: "5"))).StatusCode);

    [Fact]
    public async Task Unary_MessageAndError_IsTheError() =>
        Assert.Equal(StatusCode.NotFound, (await FailAsync(() => StubServer.Response(Reply, status: "5"))).StatusCode);

    [Fact]
    public async Task Unary_TwoMessages_IsInternal() =>
        Assert.Equal(
            StatusCode.Internal, (await FailAsync(() => StubServer.Response([.. Reply, .. Reply]))).StatusCode);

    [Theory]
    [InlineData(3)]
    [InlineData(5)]
    [InlineData(8)]
    public async Task Unary_TruncatedMessage_IsInternal(int bytes) =>
        Assert.Equal(StatusCode.Internal, (await FailAsync(() => StubServer.Response(Reply[..bytes]))).StatusCode);

    [Fact]
    public async Task Unary_MessageIsNoProtobuf_Fails() =>
        Assert.NotEqual(
            StatusCode.OK, (await FailAsync(() => StubServer.Response(Frames.Of([0xFF, 0xFF, 0xFF])))).StatusCode);

    [Fact]
    public async Task Unary_OverHttp11_IsInternal() =>
        Assert.Equal(StatusCode.Internal, (await FailAsync(() =>
        {
            var response = StubServer.Response(Reply);
            response.Version = HttpVersion.Version11;
            return response;
        })).StatusCode);

    [Fact]
    public async Task ServerStreaming_TrailersOnlyAndOk_IsAnEmptyStream()
    {
        var client = StubServer.ClientOf(
            _ => StubServer.Response([], status: null, headers: [("grpc-status", "0"), ("extra", "x")]));

        using var call = client.ServerStreaming(new Note());

        Assert.False(await call.ResponseStream.MoveNext().InTime());
        Assert.Equal("x", call.GetTrailers().GetValue("extra"));
        Assert.Equal("x", (await call.ResponseHeadersAsync.InTime()).GetValue("extra"));
    }

    [Theory]
    [InlineData(7, StatusCode.Unavailable)]
    [InlineData(8, StatusCode.Cancelled)]
    [InlineData(11, StatusCode.ResourceExhausted)]
    [InlineData(12, StatusCode.PermissionDenied)]
    [InlineData(2, StatusCode.Internal)]
    [InlineData(1, StatusCode.Internal)]
    public async Task ServerStreaming_ServerResets_CodeIsMapped(int code, StatusCode expected)
    {
        await using var server = await StartRawAsync(async http =>
        {
            http.Response.ContentType = "application/grpc";
            await http.Response.Body.WriteAsync(Reply);
            await http.Response.Body.FlushAsync();
            // Not before the message has been read: a reset may overtake it.
            await http.Request.Body.CopyToAsync(Stream.Null);
            http.Features.Get<IHttpResetFeature>()!.Reset(code);
        });

        using var call = server.Client.DuplexStreaming();
        Assert.True(await call.ResponseStream.MoveNext().InTime());
        await call.RequestStream.CompleteAsync();
        var error = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext().InTime());

        Assert.Equal(expected, error.StatusCode);
    }

    [Fact]
    public async Task Unary_ServerResetsBeforeHeaders_IsMapped()
    {
        await using var server = await StartRawAsync(http =>
        {
            http.Features.Get<IHttpResetFeature>()!.Reset(8);
            return Task.CompletedTask;
        });

        var error = await Assert.ThrowsAsync<RpcException>(
            () => server.Client.UnaryAsync(new Note()).ResponseAsync.InTime());

        Assert.Equal(StatusCode.Cancelled, error.StatusCode);
    }

    [Fact]
    public async Task Unary_NobodyListens_IsUnavailable()
    {
        using var channel = GrpcChannel.ForAddress($"http://127.0.0.1:{UnusedPort()}");

        var error = await Assert.ThrowsAsync<RpcException>(
            () => new Testing.TestingClient(channel).UnaryAsync(new Note()).ResponseAsync.InTime());

        Assert.Equal(StatusCode.Unavailable, error.StatusCode);
        Assert.NotNull(error.Status.DebugException);
    }

    [Fact]
    public async Task DuplexStreaming_NobodyListens_EveryPartIsUnavailable()
    {
        using var channel = GrpcChannel.ForAddress($"http://127.0.0.1:{UnusedPort()}");
        using var call = new Testing.TestingClient(channel).DuplexStreaming();

        var read = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext().InTime());
        var write = await Assert.ThrowsAsync<RpcException>(() => call.RequestStream.WriteAsync(new Note()).InTime());
        var headers = await Assert.ThrowsAsync<RpcException>(() => call.ResponseHeadersAsync.InTime());

        Assert.Equal(StatusCode.Unavailable, read.StatusCode);
        Assert.Equal(StatusCode.Unavailable, write.StatusCode);
        Assert.Equal(StatusCode.Unavailable, headers.StatusCode);
        Assert.Equal(StatusCode.Unavailable, call.GetStatus().StatusCode);
    }

    [Fact]
    public async Task Request_OfAnyCall_IsAsTheProtocolSays()
    {
        HttpRequestMessage? request = null;
        var client = StubServer.ClientOf(sent =>
        {
            request = sent;
            return StubServer.Response(Reply);
        });

        await client.UnaryAsync(new Note(), new Metadata { { "some-bin", [0xFB, 0xFF] } }).ResponseAsync.InTime();

        Assert.Equal(HttpMethod.Post, request!.Method);
        Assert.Equal("http://stub/fineweb.testing.Testing/Unary", request.RequestUri!.AbsoluteUri);
        Assert.Equal(HttpVersion.Version20, request.Version);
        Assert.Equal(HttpVersionPolicy.RequestVersionExact, request.VersionPolicy);
        Assert.Equal("trailers", request.Headers.GetValues("te").Single());
        Assert.Equal("application/grpc", request.Content!.Headers.ContentType!.ToString());
        Assert.Equal("+/8=", request.Headers.GetValues("some-bin").Single());
        Assert.False(request.Headers.Contains("grpc-timeout"));
        Assert.False(request.Headers.Contains("grpc-encoding"));
    }

    private static async Task<RpcException> FailAsync(Func<HttpResponseMessage> answer)
    {
        var call = StubServer.ClientOf(_ => answer()).UnaryAsync(new Note());
        var error = await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync.InTime());
        Assert.Equal(error.StatusCode, call.GetStatus().StatusCode);
        return error;
    }

    private static Task<TestServer> StartRawAsync(RequestDelegate handler) =>
        TestServer.StartAsync(_ => { }, application => application.Run(handler));

    private static int UnusedPort()
    {
        using var socket = new TcpListener(IPAddress.Loopback, 0);
        socket.Start();
        return ((IPEndPoint)socket.LocalEndpoint).Port;
    }
}
