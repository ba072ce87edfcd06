using FineWebTorch.Grpc.Tests.Infrastructure;
using FineWebTorch.Grpc.Tests.Protos;
using Grpc.Core;

namespace FineWebTorch.Grpc.Tests;

public sealed class MetadataTests
{
    private static readonly byte[] EveryByte = [.. Enumerable.Range(0, 256).Select(value => (byte)value)];

    [Fact]
    public async Task Unary_MetadataBothWays_ArrivesAsSent()
    {
        Metadata? received = null;
        await using var server = await TestServer.StartAsync(new()
        {
            Unary = async (request, context) =>
            {
                received = context.RequestHeaders;
                await context.WriteResponseHeadersAsync(new() { { "head", "early" }, { "head-bin", EveryByte } });
                context.ResponseTrailers.Add("tail", "late");
                context.ResponseTrailers.Add("tail-bin", EveryByte);
                return request;
            },
        });
        var sent = new Metadata { { "Mixed-Case", "x" }, { "twice", "1" }, { "twice", "2" } };
        sent.Add("some-bin", EveryByte);

        using var call = server.Client.UnaryAsync(new Note(), sent);
        var headers = await call.ResponseHeadersAsync.InTime();
        await call.ResponseAsync.InTime();

        Assert.Equal("x", received!.GetValue("mixed-case"));
        Assert.Equal(EveryByte, received.GetValueBytes("some-bin"));
        // HTTP allows joining them on the way.
        Assert.Equal("1, 2", string.Join(", ", received.GetAll("twice").Select(entry => entry.Value)));
        Assert.Equal("early", headers.GetValue("head"));
        Assert.Equal(EveryByte, headers.GetValueBytes("head-bin"));
        Assert.Equal("late", call.GetTrailers().GetValue("tail"));
        Assert.Equal(EveryByte, call.GetTrailers().GetValueBytes("tail-bin"));
    }

    [Fact]
    public async Task Unary_ProtocolHeaders_AreNotMetadata()
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

        using var call = server.Client.UnaryAsync(new Note(), deadline: DateTime.UtcNow.AddMinutes(1));
        var headers = await call.ResponseHeadersAsync.InTime();
        await call.ResponseAsync.InTime();

        var names = received!.Concat(headers).Concat(call.GetTrailers()).Select(entry => entry.Key).ToHashSet();
        Assert.DoesNotContain(names, name => name.StartsWith("grpc-", StringComparison.Ordinal) || name[0] == ':');
        Assert.DoesNotContain("content-type", names);
        Assert.DoesNotContain("te", names);
        Assert.Contains("user-agent", names);
    }

    [Fact]
    public async Task ServerStreaming_HeadersSentAlone_ArriveBeforeTheFirstMessage()
    {
        var headersSeen = new TaskCompletionSource();
        await using var server = await TestServer.StartAsync(new()
        {
            ServerStreaming = async (request, responses, context) =>
            {
                await context.WriteResponseHeadersAsync(new() { { "head", "early" } });
                await headersSeen.Task;
                await responses.WriteAsync(request);
            },
        });

        using var call = server.Client.ServerStreaming(new Note());
        var headers = await call.ResponseHeadersAsync.InTime();
        headersSeen.SetResult();

        Assert.Equal("early", headers.GetValue("head"));
        Assert.True(await call.ResponseStream.MoveNext().InTime());
    }

    [Fact]
    public async Task WriteResponseHeaders_Twice_Throws()
    {
        Exception? second = null;
        await using var server = await TestServer.StartAsync(new()
        {
            Unary = async (request, context) =>
            {
                await context.WriteResponseHeadersAsync([]);
                second = await Record.ExceptionAsync(() => context.WriteResponseHeadersAsync([]));
                return request;
            },
        });

        await server.Client.UnaryAsync(new Note()).ResponseAsync.InTime();

        Assert.IsType<InvalidOperationException>(second);
    }

    [Fact]
    public async Task RawUnary_UnpaddedBinaryValue_IsAccepted()
    {
        byte[]? received = null;
        await using var server = await TestServer.StartAsync(new()
        {
            Unary = (request, context) =>
            {
                received = context.RequestHeaders.GetValueBytes("some-bin");
                return Task.FromResult(request);
            },
        });

        using var call = await RawCall.SendAsync(
            server.Address, RawCall.Unary, Frames.Of(new Note()), headers: [("some-bin", "AQI")]);

        Assert.Equal("0", call.Status);
        Assert.Equal([1, 2], received);
    }

    [Fact]
    public async Task Unary_TrailersOfAnError_ReachTheException()
    {
        await using var server = await TestServer.StartAsync(new()
        {
            Unary = (_, context) =>
            {
                context.ResponseTrailers.Add("from", "context");
                throw new RpcException(
                    new Status(StatusCode.NotFound, "no"), new Metadata { { "why-bin", EveryByte } });
            },
        });

        var call = server.Client.UnaryAsync(new Note());
        var error = await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync.InTime());

        Assert.Equal("context", error.Trailers.GetValue("from"));
        Assert.Equal(EveryByte, error.Trailers.GetValueBytes("why-bin"));
        Assert.Equal("context", call.GetTrailers().GetValue("from"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("with space")]
    [InlineData("colon:")]
    [InlineData("ümlaut")]
    public void Entry_MalformedKey_Throws(string key) =>
        Assert.Throws<ArgumentException>(() => new Metadata.Entry(key, "value"));

    [Fact]
    public void Entry_KindOfValueDoesNotFitKey_Throws()
    {
        Assert.Throws<ArgumentException>(() => new Metadata.Entry("some-bin", "text"));
        Assert.Throws<ArgumentException>(() => new Metadata.Entry("some", [1]));
    }

    [Fact]
    public void Entry_TextOfBinaryValue_Throws()
    {
        var entry = new Metadata.Entry("some-bin", [1, 2]);

        Assert.True(entry.IsBinary);
        Assert.Throws<InvalidOperationException>(() => entry.Value);
    }

    [Fact]
    public void Metadata_SeveralOfOneKey_LastIsFound()
    {
        var metadata = new Metadata { { "Key", "1" }, { "other", "x" }, { "key", "2" } };

        Assert.Equal("key", metadata[0].Key);
        Assert.Equal("2", metadata.GetValue("KEY"));
        Assert.Equal(2, metadata.GetAll("key").Count());
        Assert.Null(metadata.GetValue("absent"));
    }

    [Fact]
    public void EmptyMetadata_Change_Throws() =>
        Assert.Throws<InvalidOperationException>(() => Metadata.Empty.Add("key", "value"));
}
