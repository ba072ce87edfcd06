using FineWebTorch.Grpc.Tests.Infrastructure;
using FineWebTorch.Grpc.Tests.Protos;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;

namespace FineWebTorch.Grpc.Tests;

/// <summary>Our client against grpcio's server, plain and compressed both ways.</summary>
public sealed class PeerServerTests(PeerServer server) : IClassFixture<PeerServer>
{
    private static readonly byte[] EveryByte = [.. Enumerable.Range(0, 256).Select(value => (byte)value)];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Unary_OneMessage_IsAnswered(bool gzip)
    {
        using var channel = await ConnectAsync(gzip);
        var note = new Note { Text = string.Concat(Enumerable.Repeat("über 日本", 200)), Number = 7 };

        Assert.Equal(note, await Client(channel).UnaryAsync(note, Encoding(gzip)).ResponseAsync.InTime());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Unary_EmptyMessage_IsAnswered(bool gzip)
    {
        using var channel = await ConnectAsync(gzip);

        var reply = await Client(channel).UnaryAsync(new Note(), Encoding(gzip)).ResponseAsync.InTime();

        Assert.Equal(new Note(), reply);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ClientStreaming_ManyMessages_AreSummed(bool gzip)
    {
        using var channel = await ConnectAsync(gzip);
        using var call = Client(channel).ClientStreaming(Encoding(gzip));
        for (var i = 0; i <= 100; i++) await call.RequestStream.WriteAsync(new Note { Number = i }).InTime();
        await call.RequestStream.CompleteAsync();

        Assert.Equal(5050, (await call.ResponseAsync.InTime()).Number);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ServerStreaming_ManyMessages_ArriveInOrder(bool gzip)
    {
        using var channel = await ConnectAsync(gzip);
        using var call = Client(channel).ServerStreaming(new Note { Number = 100 }, Encoding(gzip));
        List<int> numbers = [];
        await foreach (var note in call.ResponseStream.ReadAllAsync()) numbers.Add(note.Number);

        Assert.Equal(Enumerable.Range(0, 100), numbers);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task DuplexStreaming_PingPong_EachIsAnsweredBeforeTheNext(bool gzip)
    {
        using var channel = await ConnectAsync(gzip);
        using var call = Client(channel).DuplexStreaming(Encoding(gzip));
        for (var i = 1; i <= 20; i++)
        {
            await call.RequestStream.WriteAsync(new Note { Number = i }).InTime();
            Assert.True(await call.ResponseStream.MoveNext().InTime());
            Assert.Equal(i, call.ResponseStream.Current.Number);
        }

        await call.RequestStream.CompleteAsync();
        Assert.False(await call.ResponseStream.MoveNext().InTime());
    }

    [Fact]
    public async Task Unary_Metadata_ComesBackInHeadersAndTrailers()
    {
        using var channel = await ConnectAsync();
        var sent = new Metadata { { "x-text", "plain" }, { "x-bytes-bin", EveryByte } };

        using var call = Client(channel).UnaryAsync(new Note { Text = "metadata" }, sent);
        var headers = await call.ResponseHeadersAsync.InTime();
        await call.ResponseAsync.InTime();

        Assert.Equal("plain", headers.GetValue("x-text"));
        Assert.Equal(EveryByte, headers.GetValueBytes("x-bytes-bin"));
        Assert.Equal("plain", call.GetTrailers().GetValue("x-text"));
        Assert.Equal(EveryByte, call.GetTrailers().GetValueBytes("x-bytes-bin"));
    }

    [Fact]
    public async Task Unary_Error_ArrivesWithDetailAndTrailers()
    {
        using var channel = await ConnectAsync();

        var error = await FailAsync(channel, "fail");

        Assert.Equal(StatusCode.NotFound, error.StatusCode);
        Assert.Equal("keine Zeile: 100 % ä", error.Status.Detail);
        Assert.Equal([0, 255], error.Trailers.GetValueBytes("why-bin"));
    }

    [Fact]
    public async Task Unary_ServerThrows_IsUnknown()
    {
        using var channel = await ConnectAsync();

        Assert.Equal(StatusCode.Unknown, (await FailAsync(channel, "throw")).StatusCode);
    }

    [Fact]
    public async Task ServerStreaming_ErrorAfterMessages_MessagesThenError()
    {
        using var channel = await ConnectAsync();
        using var call = Client(channel).ServerStreaming(new Note { Text = "fail", Number = 2 });

        Assert.True(await call.ResponseStream.MoveNext().InTime());
        Assert.True(await call.ResponseStream.MoveNext().InTime());
        var error = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext().InTime());

        Assert.Equal(StatusCode.DataLoss, error.StatusCode);
    }

    [Fact]
    public async Task Unary_UnknownMethod_IsUnimplemented()
    {
        using var channel = await ConnectAsync();
        var marshaller = Marshallers.Create<Note>(note => note.ToByteArray(), Note.Parser.ParseFrom);
        var method = new Method<Note, Note>(
            MethodType.Unary, "fineweb.testing.Testing", "Absent", marshaller, marshaller);

        var call = channel.CreateCallInvoker().AsyncUnaryCall(method, null, default, new Note());
        var error = await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync.InTime());

        Assert.Equal(StatusCode.Unimplemented, error.StatusCode);
    }

    [Fact]
    public async Task Unary_Deadline_IsUnderstoodByTheServer()
    {
        using var channel = await ConnectAsync();

        var reply = await Client(channel).UnaryAsync(
            new Note { Text = "time remaining" }, deadline: DateTime.UtcNow.AddSeconds(1000)).ResponseAsync.InTime();

        Assert.InRange(reply.Number, 900, 1000);
    }

    [Fact]
    public async Task Unary_DeadlineExceeded_ServerSeesTheEnd()
    {
        using var channel = await ConnectAsync();

        // Long enough for the call to reach the server's handler on a busy machine: one that never began cannot end.
        var call = Client(channel).UnaryAsync(
            new Note { Text = "wait" }, deadline: DateTime.UtcNow.AddSeconds(1));
        var error = await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync.InTime());
        var seen = await Client(channel).UnaryAsync(new Note { Text = "was cancelled" }).ResponseAsync.InTime();

        Assert.Equal(StatusCode.DeadlineExceeded, error.StatusCode);
        Assert.Equal(1, seen.Number);
    }

    [Fact]
    public async Task ServerStreaming_Disposed_ServerSeesTheEnd()
    {
        using var channel = await ConnectAsync();
        var call = Client(channel).ServerStreaming(new Note { Text = "wait", Number = 1 });
        Assert.True(await call.ResponseStream.MoveNext().InTime());

        call.Dispose();

        var seen = await Client(channel).UnaryAsync(new Note { Text = "was cancelled" }).ResponseAsync.InTime();
        Assert.Equal(1, seen.Number);
    }

    [Fact]
    public async Task Unary_OverTheServersLimit_IsResourceExhausted()
    {
        using var channel = await ConnectAsync();
        var note = new Note { Data = ByteString.CopyFrom(new byte[4_300_000]) };

        var error = await Assert.ThrowsAsync<RpcException>(
            () => Client(channel).UnaryAsync(note).ResponseAsync.InTime());

        Assert.Equal(StatusCode.ResourceExhausted, error.StatusCode);
    }

    [Fact]
    public async Task Unary_OverOurLimit_IsResourceExhausted()
    {
        using var channel = await ConnectAsync();

        var error = await Assert.ThrowsAsync<RpcException>(() => Client(channel).UnaryAsync(
            new Note { Text = "large", Number = 4_300_000 }).ResponseAsync.InTime());

        Assert.Equal(StatusCode.ResourceExhausted, error.StatusCode);
    }

    private static Testing.TestingClient Client(GrpcChannel channel) => new(channel);

    private static Metadata Encoding(bool gzip) =>
        gzip ? new Metadata { { "grpc-internal-encoding-request", "gzip" } } : [];

    private static Task<RpcException> FailAsync(GrpcChannel channel, string what) =>
        Assert.ThrowsAsync<RpcException>(
            () => Client(channel).UnaryAsync(new Note { Text = what }).ResponseAsync.InTime());

    private async Task<GrpcChannel> ConnectAsync(bool gzip = false) =>
        GrpcChannel.ForAddress(await server.AddressAsync(gzip));
}
