using System.IO.Compression;
using FineWebTorch.Grpc.Tests.Infrastructure;
using FineWebTorch.Grpc.Tests.Protos;
using Google.Protobuf;
using Grpc.Core;

namespace FineWebTorch.Grpc.Tests;

public sealed class CompressionTests
{
    private static readonly Note Wordy = new() { Text = new string('a', 10_000) };

    private static readonly Handlers Echo = new() { Unary = (request, _) => Task.FromResult(request) };

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    public async Task Unary_RequestCompressed_IsUnderstood(string encoding)
    {
        Metadata? received = null;
        await using var server = await TestServer.StartAsync(new()
        {
            Unary = (request, context) =>
            {
                received = context.RequestHeaders;
                return Task.FromResult(request);
            },
        });

        var reply = await server.Client.UnaryAsync(Wordy, Ask(encoding)).ResponseAsync.InTime();

        Assert.Equal(Wordy, reply);
        Assert.Null(received!.Get("grpc-internal-encoding-request"));
    }

    [Fact]
    public async Task Unary_RequestCompressed_IsFlaggedAndShorter()
    {
        byte[] body = [];
        string? encoding = null;
        var client = StubServer.ClientOf(async request =>
        {
            body = await request.Content!.ReadAsByteArrayAsync();
            encoding = request.Headers.GetValues("grpc-encoding").Single();
            return StubServer.Response(Frames.Of(new Note()));
        });

        await client.UnaryAsync(Wordy, Ask("gzip")).ResponseAsync.InTime();

        var (flag, payload) = Frames.Split(body).Single();
        Assert.Equal("gzip", encoding);
        Assert.Equal(1, flag);
        Assert.Equal(Wordy, Note.Parser.ParseFrom(Frames.Gunzip(payload)));
        Assert.True(payload.Length < 1000);
    }

    [Fact]
    public async Task Unary_AnyRequest_OffersEncodings()
    {
        string? offered = null;
        var client = StubServer.ClientOf(request =>
        {
            offered = request.Headers.GetValues("grpc-accept-encoding").Single();
            return StubServer.Response(Frames.Of(new Note()));
        });

        await client.UnaryAsync(new Note()).ResponseAsync.InTime();

        Assert.Equal("identity,gzip,deflate", offered);
    }

    [Fact]
    public async Task ClientStreaming_MessageMarkedNoCompress_IsSentAsItIs()
    {
        byte[] body = [];
        var client = StubServer.ClientOf(async request =>
        {
            body = await request.Content!.ReadAsByteArrayAsync();
            return StubServer.Response(Frames.Of(new Note()));
        });

        using var call = client.ClientStreaming(Ask("gzip"));
        await call.RequestStream.WriteAsync(Wordy).InTime();
        call.RequestStream.WriteOptions = new WriteOptions(WriteFlags.NoCompress);
        await call.RequestStream.WriteAsync(Wordy).InTime();
        await call.RequestStream.CompleteAsync();
        await call.ResponseAsync.InTime();

        Assert.Equal([1, 0], Frames.Split(body).Select(frame => (int)frame.Flag));
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    public async Task Unary_ServerCompresses_IsUnderstood(string encoding)
    {
        await using var server = await StartCompressingAsync(encoding);

        Assert.Equal(Wordy, await server.Client.UnaryAsync(Wordy).ResponseAsync.InTime());
    }

    [Fact]
    public async Task RawUnary_ServerCompressesAndClientAccepts_ResponseIsFlaggedAndShorter()
    {
        await using var server = await StartCompressingAsync("gzip");

        using var call = await RawCall.SendAsync(
            server.Address, RawCall.Unary, Frames.Of(Wordy), headers: [("grpc-accept-encoding", "identity, gzip")]);

        var (flag, payload) = call.Messages.Single();
        Assert.Equal("gzip", call.Header("grpc-encoding"));
        Assert.Equal(1, flag);
        Assert.Equal(Wordy, Note.Parser.ParseFrom(Frames.Gunzip(payload)));
    }

    [Theory]
    [InlineData("identity")]
    [InlineData("identity,gzipped")]
    public async Task RawUnary_ClientDoesNotAccept_ResponseIsSentAsItIs(string accepted)
    {
        await using var server = await StartCompressingAsync("gzip");

        using var call = await RawCall.SendAsync(
            server.Address, RawCall.Unary, Frames.Of(Wordy), headers: [("grpc-accept-encoding", accepted)]);

        Assert.Null(call.Header("grpc-encoding"));
        Assert.Equal(0, call.Messages.Single().Flag);
        Assert.Equal(Wordy, call.Message);
    }

    [Fact]
    public async Task Unary_HandlerAsksForGzip_ThatCallIsCompressed()
    {
        await using var server = await TestServer.StartAsync(new()
        {
            Unary = async (request, context) =>
            {
                await context.WriteResponseHeadersAsync(Ask("gzip"));
                return request;
            },
        });

        using var call = await RawCall.SendAsync(
            server.Address, RawCall.Unary, Frames.Of(Wordy), headers: [("grpc-accept-encoding", "gzip")]);

        Assert.Equal("gzip", call.Header("grpc-encoding"));
        Assert.Equal(1, call.Messages.Single().Flag);
        Assert.Null(call.Header("grpc-internal-encoding-request"));
    }

    [Fact]
    public async Task ServerStreaming_MessageMarkedNoCompress_IsSentAsItIs()
    {
        await using var server = await TestServer.StartAsync(
            new()
            {
                ServerStreaming = async (request, responses, _) =>
                {
                    await responses.WriteAsync(request);
                    responses.WriteOptions = new WriteOptions(WriteFlags.NoCompress);
                    await responses.WriteAsync(request);
                },
            },
            options => options.ResponseCompressionAlgorithm = "gzip");

        using var call = await RawCall.SendAsync(
            server.Address, RawCall.ServerStreaming, Frames.Of(Wordy), headers: [("grpc-accept-encoding", "gzip")]);

        Assert.Equal([1, 0], call.Messages.Select(frame => (int)frame.Flag));
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    public async Task RawUnary_CompressedRequest_IsUnderstood(string encoding)
    {
        await using var server = await TestServer.StartAsync(Echo);
        var payload = encoding == "gzip" ? Frames.Gzip(Wordy.ToByteArray()) : Frames.Zlib(Wordy.ToByteArray());

        using var call = await RawCall.SendAsync(
            server.Address, RawCall.Unary, Frames.Of(payload, flag: 1), headers: [("grpc-encoding", encoding)]);

        Assert.Equal("0", call.Status);
        Assert.Equal(Wordy, call.Message);
    }

    [Fact]
    public async Task RawUnary_EncodingGivenButMessageNotFlagged_IsTakenAsItIs()
    {
        await using var server = await TestServer.StartAsync(Echo);

        using var call = await RawCall.SendAsync(
            server.Address, RawCall.Unary, Frames.Of(Wordy), headers: [("grpc-encoding", "gzip")]);

        Assert.Equal(Wordy, call.Message);
    }

    [Fact]
    public async Task RawUnary_FlaggedMessageOfNoBytes_IsTheEmptyMessage()
    {
        await using var server = await TestServer.StartAsync(Echo);

        using var call = await RawCall.SendAsync(
            server.Address, RawCall.Unary, Frames.Of([], flag: 1), headers: [("grpc-encoding", "gzip")]);

        Assert.Equal("0", call.Status);
        Assert.Equal(new Note(), call.Message);
    }

    [Fact]
    public async Task RawUnary_UnknownEncoding_IsUnimplementedAndServersAreNamed()
    {
        await using var server = await TestServer.StartAsync(Echo);

        using var call = await RawCall.SendAsync(
            server.Address, RawCall.Unary, Frames.Of([1, 2, 3], flag: 1), headers: [("grpc-encoding", "snappy")]);

        Assert.Equal("12", call.HeaderStatus);
        Assert.Contains("snappy", call.Detail, StringComparison.Ordinal);
        Assert.Equal("identity,gzip,deflate", call.Header("grpc-accept-encoding"));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("identity")]
    public async Task RawUnary_FlaggedWithoutEncoding_IsInternal(string? encoding)
    {
        await using var server = await TestServer.StartAsync(Echo);

        using var call = await RawCall.SendAsync(
            server.Address,
            RawCall.Unary,
            Frames.Of(Frames.Gzip([]), flag: 1),
            headers: encoding is null ? [] : [("grpc-encoding", encoding)]);

        Assert.Equal("13", call.HeaderStatus);
    }

    [Fact]
    public async Task RawUnary_SmallOnTheWireLargeInMemory_IsOverTheLimit()
    {
        await using var server = await TestServer.StartAsync(Echo);
        var bomb = Frames.Gzip(new byte[5 << 20]);
        Assert.True(bomb.Length < 100_000);

        using var call = await RawCall.SendAsync(
            server.Address, RawCall.Unary, Frames.Of(bomb, flag: 1), headers: [("grpc-encoding", "gzip")]);

        Assert.Equal("8", call.HeaderStatus);
    }

    [Fact]
    public async Task Client_FlaggedResponseOfNoBytes_IsTheEmptyMessage()
    {
        var client = StubServer.ClientOf(
            _ => StubServer.Response(Frames.Of([], flag: 1), headers: [("grpc-encoding", "gzip")]));

        Assert.Equal(new Note(), await client.UnaryAsync(new Note()).ResponseAsync.InTime());
    }

    [Theory]
    [InlineData(null, StatusCode.Internal)]
    [InlineData("identity", StatusCode.Internal)]
    [InlineData("snappy", StatusCode.Unimplemented)]
    public async Task Client_ResponseFlaggedInNoKnownEncoding_Fails(string? encoding, StatusCode expected)
    {
        var client = StubServer.ClientOf(_ => StubServer.Response(
            Frames.Of([1, 2, 3], flag: 1), headers: encoding is null ? [] : [("grpc-encoding", encoding)]));

        var error = await Assert.ThrowsAsync<RpcException>(
            () => client.UnaryAsync(new Note()).ResponseAsync.InTime());

        Assert.Equal(expected, error.StatusCode);
    }

    [Fact]
    public async Task MapGrpcService_ResponseEncodingWithoutProvider_Throws()
    {
        await Assert.ThrowsAsync<InvalidOperationException>(() => StartCompressingAsync("snappy"));
    }

    private static Metadata Ask(string encoding) => new() { { "grpc-internal-encoding-request", encoding } };

    private static Task<TestServer> StartCompressingAsync(string encoding) => TestServer.StartAsync(Echo, options =>
    {
        options.ResponseCompressionAlgorithm = encoding;
        options.ResponseCompressionLevel = CompressionLevel.Optimal;
    });
}
