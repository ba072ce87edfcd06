using System.Net;
using FineWebTorch.Grpc.Tests.Infrastructure;
using FineWebTorch.Grpc.Tests.Protos;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace FineWebTorch.Grpc.Tests;

/// <summary>What a server makes of requests that no proper client sends, and what its responses look like.</summary>
public sealed class ServerWireTests
{
    private static readonly byte[] Request = Frames.Of(new Note { Text = "request" });

    private static readonly Handlers Echo = new()
    {
        Unary = (request, _) => Task.FromResult(request),
        ServerStreaming = (_, _, _) => Task.CompletedTask,
        ClientStreaming = async (requests, _) =>
        {
            while (await requests.MoveNext())
            {
            }

            return new Note();
        },
    };

    [Fact]
    public async Task Unary_WellFormed_IsMessageThenTrailers()
    {
        using var call = await SendAsync(RawCall.Unary, Request);

        Assert.Equal(HttpStatusCode.OK, call.HttpStatus);
        Assert.Equal("application/grpc", call.Header("content-type"));
        Assert.Null(call.HeaderStatus);
        Assert.Equal("request", call.Message.Text);
        Assert.Equal("0", call.Status);
        Assert.Null(call.Detail);
    }

    [Fact]
    public async Task ServerStreaming_NoMessages_IsTrailersOnly()
    {
        using var call = await SendAsync(RawCall.ServerStreaming, Request);

        Assert.Equal(HttpStatusCode.OK, call.HttpStatus);
        Assert.Equal("0", call.HeaderStatus);
        Assert.Null(call.Status);
        Assert.Empty(call.Body);
    }

    [Fact]
    public async Task Request_WithoutTe_IsServed()
    {
        await using var server = await TestServer.StartAsync(Echo);

        using var call = await RawCall.SendAsync(server.Address, RawCall.Unary, Request, te: false);

        Assert.Equal("0", call.Status);
    }

    [Theory]
    [InlineData("application/grpc+proto")]
    [InlineData("application/grpc;charset=utf-8")]
    [InlineData("Application/gRPC")]
    public async Task ContentType_OfGrpcWithMore_IsServed(string contentType)
    {
        await using var server = await TestServer.StartAsync(Echo);

        using var call = await RawCall.SendAsync(server.Address, RawCall.Unary, Request, contentType);

        Assert.Equal("0", call.Status);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("application/json")]
    [InlineData("application/grpcx")]
    [InlineData("application/grpc-web")]
    public async Task ContentType_NotGrpc_Is415AndInternal(string? contentType)
    {
        await using var server = await TestServer.StartAsync(Echo);

        using var call = await RawCall.SendAsync(server.Address, RawCall.Unary, Request, contentType);

        Assert.Equal(HttpStatusCode.UnsupportedMediaType, call.HttpStatus);
        Assert.Equal("13", call.HeaderStatus);
    }

    [Fact]
    public async Task Request_OverHttp11_Is426AndInternal()
    {
        await using var server = await TestServer.StartAsync(
            services =>
            {
                services.AddSingleton(Echo);
                services.AddGrpc();
            },
            application => application.MapGrpcService<TestingService>(),
            protocols: HttpProtocols.Http1);

        using var call = await RawCall.SendAsync(
            server.Address, RawCall.Unary, Request, version: HttpVersion.Version11);

        Assert.Equal(HttpStatusCode.UpgradeRequired, call.HttpStatus);
        Assert.Equal("13", call.HeaderStatus);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(5)]
    [InlineData(10)]
    public async Task Unary_TruncatedOrMissingMessage_IsInternal(int bytes)
    {
        using var call = await SendAsync(RawCall.Unary, Request[..bytes]);

        Assert.Equal("13", call.HeaderStatus);
        Assert.Equal("Incomplete message.", call.Detail);
    }

    [Fact]
    public async Task ClientStreaming_TruncatedMessage_IsInternal()
    {
        using var call = await SendAsync(RawCall.ClientStreaming, [.. Request, .. Request[..^1]]);

        Assert.Equal("13", call.HeaderStatus);
        Assert.Equal("Incomplete message.", call.Detail);
    }

    [Fact]
    public async Task Unary_TwoMessages_IsInternal()
    {
        using var call = await SendAsync(RawCall.Unary, [.. Request, .. Request]);

        Assert.Equal("13", call.HeaderStatus);
    }

    [Fact]
    public async Task Unary_MessageClaimsToBeHuge_IsOverTheLimitAtOnce()
    {
        using var call = await SendAsync(RawCall.Unary, [0, 0x7F, 0xFF, 0xFF, 0xFF]);

        Assert.Equal("8", call.HeaderStatus);
    }

    [Fact]
    public async Task Unary_MessageIsNoProtobuf_Fails()
    {
        using var call = await SendAsync(RawCall.Unary, Frames.Of([0xFF, 0xFF, 0xFF]));

        Assert.NotEqual("0", call.HeaderStatus);
        Assert.NotNull(call.HeaderStatus);
    }

    [Theory]
    [InlineData("/fineweb.testing.Testing/Absent", "Method is unimplemented.")]
    [InlineData("/fineweb.testing.Absent/Unary", "Service is unimplemented.")]
    public async Task UnknownMethodOrService_OfGrpcRequest_IsUnimplemented(string path, string detail)
    {
        using var call = await SendAsync(path, Request);

        Assert.Equal(HttpStatusCode.OK, call.HttpStatus);
        Assert.Equal("12", call.HeaderStatus);
        Assert.Equal(detail, call.Detail);
    }

    [Theory]
    [InlineData("/fineweb.testing.Testing/Absent")]
    [InlineData("/fineweb.testing.Absent/Unary")]
    public async Task UnknownMethodOrService_OfOtherRequests_Is404(string path)
    {
        await using var server = await TestServer.StartAsync(Echo);

        using var json = await RawCall.SendAsync(server.Address, path, [], "application/json");
        using var get = await RawCall.SendAsync(server.Address, path, [], method: HttpMethod.Get);

        Assert.Equal(HttpStatusCode.NotFound, json.HttpStatus);
        Assert.Equal(HttpStatusCode.NotFound, get.HttpStatus);
    }

    [Fact]
    public async Task UnknownService_Ignored_IsLeftToOtherEndpoints()
    {
        await using var server = await TestServer.StartAsync(
            services =>
            {
                services.AddSingleton(Echo);
                services.AddGrpc(options => options.IgnoreUnknownServices = true);
            },
            application =>
            {
                application.MapGrpcService<TestingService>();
                application.MapFallback(() => Results.StatusCode(418));
            });

        using var call = await RawCall.SendAsync(server.Address, "/fineweb.testing.Absent/Unary", Request);

        Assert.Equal(418, (int)call.HttpStatus);
    }

    private static async Task<RawCall> SendAsync(string path, byte[] body)
    {
        await using var server = await TestServer.StartAsync(Echo);
        return await RawCall.SendAsync(server.Address, path, body);
    }
}
