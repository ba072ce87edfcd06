using FineWebTorch.Grpc.Tests.Infrastructure;
using FineWebTorch.Grpc.Tests.Protos;
using Grpc.Core;

namespace FineWebTorch.Grpc.Tests;

public sealed class CallKindTests
{
    [Fact]
    public async Task Unary_OneMessage_IsAnswered()
    {
        await using var server = await TestServer.StartAsync(new()
        {
            Unary = (request, _) =>
                Task.FromResult(new Note { Text = $"{request.Text}!", Number = request.Number + 1 }),
        });

        var call = server.Client.UnaryAsync(new Note { Text = "hi", Number = 1 });
        var reply = await call.ResponseAsync.InTime();

        Assert.Equal(new Note { Text = "hi!", Number = 2 }, reply);
        Assert.Equal(StatusCode.OK, call.GetStatus().StatusCode);
        Assert.Empty(call.GetTrailers());
    }

    [Fact]
    public async Task BlockingUnary_OneMessage_IsAnswered()
    {
        await using var server = await TestServer.StartAsync(
            new() { Unary = (request, _) => Task.FromResult(request) });

        var reply = await Task.Run(() => server.Client.Unary(new Note { Text = "hi" })).InTime();

        Assert.Equal("hi", reply.Text);
    }

    [Fact]
    public async Task ClientStreaming_NoMessages_IsAnswered()
    {
        await using var server = await StartSummingAsync();

        using var call = server.Client.ClientStreaming();
        await call.RequestStream.CompleteAsync();

        Assert.Equal(0, (await call.ResponseAsync.InTime()).Number);
    }

    [Fact]
    public async Task ClientStreaming_ManyMessages_AllArrive()
    {
        await using var server = await StartSummingAsync();

        using var call = server.Client.ClientStreaming();
        for (var i = 1; i <= 1000; i++) await call.RequestStream.WriteAsync(new Note { Number = i });
        await call.RequestStream.CompleteAsync();

        Assert.Equal(500_500, (await call.ResponseAsync.InTime()).Number);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(1000)]
    public async Task ServerStreaming_AnyNumberOfMessages_ArriveInOrder(int count)
    {
        await using var server = await TestServer.StartAsync(new()
        {
            ServerStreaming = async (request, responses, _) =>
            {
                for (var i = 0; i < request.Number; i++) await responses.WriteAsync(new Note { Number = i });
            },
        });

        using var call = server.Client.ServerStreaming(new Note { Number = count });
        List<int> numbers = [];
        await foreach (var note in call.ResponseStream.ReadAllAsync()) numbers.Add(note.Number);

        Assert.Equal(Enumerable.Range(0, count), numbers);
        Assert.Equal(StatusCode.OK, call.GetStatus().StatusCode);
        Assert.False(await call.ResponseStream.MoveNext());
    }

    [Fact]
    public async Task DuplexStreaming_PingPong_EachMessageIsAnsweredBeforeTheNext()
    {
        await using var server = await TestServer.StartAsync(new()
        {
            DuplexStreaming = async (requests, responses, _) =>
            {
                await foreach (var note in requests.ReadAllAsync())
                    await responses.WriteAsync(new Note { Number = note.Number * 2 });
            },
        });

        using var call = server.Client.DuplexStreaming();
        for (var i = 0; i < 100; i++)
        {
            await call.RequestStream.WriteAsync(new Note { Number = i }).InTime();
            Assert.True(await call.ResponseStream.MoveNext().InTime());
            Assert.Equal(i * 2, call.ResponseStream.Current.Number);
        }

        await call.RequestStream.CompleteAsync();
        Assert.False(await call.ResponseStream.MoveNext().InTime());
    }

    [Fact]
    public async Task DuplexStreaming_ServerSpeaksFirst_IsHeardBeforeAnyRequestMessage()
    {
        await using var server = await TestServer.StartAsync(new()
        {
            DuplexStreaming = (_, responses, _) => responses.WriteAsync(new Note { Text = "welcome" }),
        });

        using var call = server.Client.DuplexStreaming();

        Assert.True(await call.ResponseStream.MoveNext().InTime());
        Assert.Equal("welcome", call.ResponseStream.Current.Text);
        Assert.False(await call.ResponseStream.MoveNext().InTime());
        var error = await Assert.ThrowsAsync<RpcException>(() => call.RequestStream.WriteAsync(new Note()));
        Assert.Equal(StatusCode.OK, error.StatusCode);
    }

    private static Task<TestServer> StartSummingAsync() => TestServer.StartAsync(new()
    {
        ClientStreaming = async (requests, _) =>
        {
            var sum = 0;
            await foreach (var note in requests.ReadAllAsync()) sum += note.Number;
            return new Note { Number = sum };
        },
    });
}
