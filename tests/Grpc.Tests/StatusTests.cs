using FineWebTorch.Grpc.Tests.Infrastructure;
using FineWebTorch.Grpc.Tests.Protos;
using Grpc.Core;

namespace FineWebTorch.Grpc.Tests;

public sealed class StatusTests
{
    [Theory]
    [InlineData("plain words")]
    [InlineData("100 % ~sure~")]
    [InlineData("Zeile eins\nZeile zwei\t\u0001")]
    [InlineData("über 日本 🦀")]
    [InlineData("%41 stays as it is")]
    public async Task Unary_HandlerThrowsStatus_DetailArrivesWhateverItsCharacters(string detail)
    {
        await using var server = await StartThrowingAsync(
            new RpcException(new Status(StatusCode.FailedPrecondition, detail)));

        var call = server.Client.UnaryAsync(new Note());
        var error = await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync.InTime());

        Assert.Equal(StatusCode.FailedPrecondition, error.StatusCode);
        Assert.Equal(detail, error.Status.Detail);
        Assert.Equal(error.Status, call.GetStatus());
    }

    [Fact]
    public async Task RawUnary_DetailOutsideAscii_IsPercentEncodedUtf8()
    {
        await using var server = await StartThrowingAsync(new RpcException(new Status(StatusCode.Aborted, "a%é ~")));

        using var call = await RawCall.SendAsync(server.Address, RawCall.Unary, Frames.Of(new Note()));

        Assert.Equal("10", call.HeaderStatus);
        Assert.Equal("a%25%C3%A9 ~", call.Detail);
    }

    [Theory]
    [InlineData("%", "%")]
    [InlineData("100%", "100%")]
    [InlineData("%zz%4", "%zz%4")]
    [InlineData("%e2%82%ac", "€")]
    public async Task Client_OddlyEncodedDetail_IsReadLeniently(string sent, string expected)
    {
        var client = StubServer.ClientOf(_ => StubServer.Response(
            [], status: null, headers: [("grpc-status", "5"), ("grpc-message", sent)]));

        var error = await Assert.ThrowsAsync<RpcException>(() => client.UnaryAsync(new Note()).ResponseAsync.InTime());

        Assert.Equal(expected, error.Status.Detail);
    }

    [Fact]
    public async Task Unary_HandlerThrowsAnything_ClientLearnsNothingOfIt()
    {
        await using var server = await StartThrowingAsync(new InvalidDataException("the password is x"));

        var error = await Assert.ThrowsAsync<RpcException>(
            () => server.Client.UnaryAsync(new Note()).ResponseAsync.InTime());

        Assert.Equal(StatusCode.Unknown, error.StatusCode);
        Assert.Equal("Exception was thrown by handler.", error.Status.Detail);
    }

    [Fact]
    public async Task Unary_HandlerThrowsAnythingAndDetailsAreOn_ClientLearnsTypeAndMessage()
    {
        await using var server = await TestServer.StartAsync(
            new() { Unary = (_, _) => throw new InvalidDataException("row 7 is bad") },
            options => options.EnableDetailedErrors = true);

        var error = await Assert.ThrowsAsync<RpcException>(
            () => server.Client.UnaryAsync(new Note()).ResponseAsync.InTime());

        Assert.Equal(StatusCode.Unknown, error.StatusCode);
        Assert.StartsWith("Exception was thrown by handler.", error.Status.Detail, StringComparison.Ordinal);
        Assert.Contains("InvalidDataException: row 7 is bad", error.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Unary_HandlerReturnsNull_IsCancelled()
    {
        await using var server = await TestServer.StartAsync(new() { Unary = (_, _) => Task.FromResult<Note>(null!) });

        var error = await Assert.ThrowsAsync<RpcException>(
            () => server.Client.UnaryAsync(new Note()).ResponseAsync.InTime());

        Assert.Equal(StatusCode.Cancelled, error.StatusCode);
    }

    [Fact]
    public async Task Unary_HandlerSetsStatusAndReturns_StatusWins()
    {
        await using var server = await TestServer.StartAsync(new()
        {
            Unary = (request, context) =>
            {
                context.Status = new Status(StatusCode.OutOfRange, "late");
                return Task.FromResult(request);
            },
        });

        var error = await Assert.ThrowsAsync<RpcException>(
            () => server.Client.UnaryAsync(new Note()).ResponseAsync.InTime());

        Assert.Equal(StatusCode.OutOfRange, error.StatusCode);
        Assert.Equal("late", error.Status.Detail);
    }

    [Fact]
    public async Task Unary_MethodNotOverridden_IsUnimplemented()
    {
        await using var server = await TestServer.StartAsync(new Handlers());

        var error = await Assert.ThrowsAsync<RpcException>(
            () => server.Client.UnaryAsync(new Note()).ResponseAsync.InTime());

        Assert.Equal(StatusCode.Unimplemented, error.StatusCode);
    }

    [Fact]
    public async Task ServerStreaming_FailsAfterMessages_MessagesThenError()
    {
        await using var server = await TestServer.StartAsync(new()
        {
            ServerStreaming = async (request, responses, _) =>
            {
                await responses.WriteAsync(request);
                throw new RpcException(new Status(StatusCode.DataLoss, "torn"), new Metadata { { "where", "row 7" } });
            },
        });

        using var call = server.Client.ServerStreaming(new Note { Number = 3 });
        Assert.True(await call.ResponseStream.MoveNext().InTime());
        var error = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext().InTime());

        Assert.Equal(StatusCode.DataLoss, error.StatusCode);
        Assert.Equal("row 7", error.Trailers.GetValue("where"));
        await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext().InTime());
    }

    [Fact]
    public async Task ClientStreaming_ServerFailsEarly_WriterAndResponseSayWhy()
    {
        await using var server = await TestServer.StartAsync(new()
        {
            ClientStreaming = (_, _) => throw new RpcException(new Status(StatusCode.PermissionDenied, "no")),
        });

        using var call = server.Client.ClientStreaming();
        var response = await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync.InTime());
        var write = await Assert.ThrowsAsync<RpcException>(() => call.RequestStream.WriteAsync(new Note()).InTime());

        Assert.Equal(StatusCode.PermissionDenied, response.StatusCode);
        Assert.Equal(StatusCode.PermissionDenied, write.StatusCode);
    }

    [Fact]
    public async Task ClientStreaming_ServerFailsWhileClientWrites_WriterSaysWhy()
    {
        await using var server = await TestServer.StartAsync(new()
        {
            ClientStreaming = async (requests, _) =>
            {
                Assert.True(await requests.MoveNext());
                throw new RpcException(new Status(StatusCode.ResourceExhausted, "disk full"));
            },
        });

        using var call = server.Client.ClientStreaming();
        var note = new Note { Text = new string('x', 100_000) };
        var error = await Assert.ThrowsAsync<RpcException>(async () =>
        {
            while (true) await call.RequestStream.WriteAsync(note).InTime();
        });

        Assert.Equal(StatusCode.ResourceExhausted, error.StatusCode);
        Assert.Equal("disk full", error.Status.Detail);
    }

    [Fact]
    public async Task GetStatusAndTrailers_CallGoesOn_Throw()
    {
        var release = new TaskCompletionSource();
        await using var server = await TestServer.StartAsync(new()
        {
            Unary = async (request, _) =>
            {
                await release.Task;
                return request;
            },
        });

        using var call = server.Client.UnaryAsync(new Note());

        Assert.Throws<InvalidOperationException>(() => call.GetStatus());
        Assert.Throws<InvalidOperationException>(() => call.GetTrailers());
        release.SetResult();
        await call.ResponseAsync.InTime();
        Assert.Equal(StatusCode.OK, call.GetStatus().StatusCode);
    }

    [Fact]
    public void Status_ToString_NamesCodeAndDetail() =>
        Assert.Equal(
            """Status(StatusCode="NotFound", Detail="gone")""", new Status(StatusCode.NotFound, "gone").ToString());

    [Fact]
    public void RpcException_WithoutMessage_SaysItsStatus()
    {
        var status = new Status(StatusCode.NotFound, "gone", new IOException("cause"));
        var error = new RpcException(status);

        Assert.Equal(status.ToString(), error.Message);
        Assert.IsType<IOException>(error.InnerException);
        Assert.Empty(error.Trailers);
        Assert.Equal("other", new RpcException(status, [], "other").Message);
    }

    private static Task<TestServer> StartThrowingAsync(Exception exception) =>
        TestServer.StartAsync(new() { Unary = (_, _) => throw exception });
}
