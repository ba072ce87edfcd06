using FineWebTorch.Grpc.Tests.Infrastructure;
using FineWebTorch.Grpc.Tests.Protos;
using Google.Protobuf;
using Grpc.Core;

namespace FineWebTorch.Grpc.Tests;

public sealed class StreamRuleTests
{
    // Bytes: no side lets this much come in unread, nor keeps it to send later.
    private const int MoreThanAnyWindow = 7 << 19;

    [Fact]
    public async Task ClientWriter_SecondWriteBeforeTheFirstIsDone_Throws()
    {
        var release = new TaskCompletionSource();
        await using var server = await StartUnreadingAsync(release);
        using var call = server.Client.DuplexStreaming();

        var first = call.RequestStream.WriteAsync(NoteOf(MoreThanAnyWindow));
        var second = await Record.ExceptionAsync(() => call.RequestStream.WriteAsync(new Note()));
        var complete = await Record.ExceptionAsync(call.RequestStream.CompleteAsync);
        release.SetResult();

        Assert.IsType<InvalidOperationException>(second);
        Assert.IsType<InvalidOperationException>(complete);
        await first.InTime();
    }

    [Fact]
    public async Task ClientReader_SecondReadBeforeTheFirstIsDone_Throws()
    {
        var release = new TaskCompletionSource();
        await using var server = await StartUnreadingAsync(release);
        using var call = server.Client.DuplexStreaming();

        var first = call.ResponseStream.MoveNext();
        var second = await Record.ExceptionAsync(() => call.ResponseStream.MoveNext());
        await call.RequestStream.CompleteAsync();
        release.SetResult();

        Assert.IsType<InvalidOperationException>(second);
        Assert.False(await first.InTime());
    }

    [Fact]
    public async Task ServerWriter_SecondWriteBeforeTheFirstIsDone_Throws()
    {
        var second = new TaskCompletionSource<Exception?>();
        await using var server = await TestServer.StartAsync(new()
        {
            ServerStreaming = async (_, responses, _) =>
            {
                var first = responses.WriteAsync(NoteOf(MoreThanAnyWindow));
                second.SetResult(await Record.ExceptionAsync(() => responses.WriteAsync(new Note())));
                await first;
            },
        });

        using var call = server.Client.ServerStreaming(new Note());
        Assert.IsType<InvalidOperationException>(await second.Task.InTime());
        Assert.True(await call.ResponseStream.MoveNext().InTime());
        Assert.Equal(MoreThanAnyWindow, call.ResponseStream.Current.Data.Length);
        Assert.False(await call.ResponseStream.MoveNext().InTime());
    }

    [Fact]
    public async Task ServerReader_SecondReadBeforeTheFirstIsDone_Throws()
    {
        await using var server = await TestServer.StartAsync(new()
        {
            DuplexStreaming = async (requests, responses, _) =>
            {
                var first = requests.MoveNext();
                var second = await Record.ExceptionAsync(() => requests.MoveNext());
                await responses.WriteAsync(new Note { Text = second?.GetType().Name ?? "" });
                await first;
            },
        });

        using var call = server.Client.DuplexStreaming();
        Assert.True(await call.ResponseStream.MoveNext().InTime());
        Assert.Equal(nameof(InvalidOperationException), call.ResponseStream.Current.Text);
        await call.RequestStream.CompleteAsync();
        Assert.False(await call.ResponseStream.MoveNext().InTime());
    }

    [Fact]
    public async Task ClientWriter_WriteAfterComplete_Throws()
    {
        await using var server = await StartUnreadingAsync(new TaskCompletionSource());
        using var call = server.Client.DuplexStreaming();
        await call.RequestStream.CompleteAsync();

        await Assert.ThrowsAsync<InvalidOperationException>(() => call.RequestStream.WriteAsync(new Note()));
        await call.RequestStream.CompleteAsync();
    }

    [Fact]
    public async Task Writers_NullMessage_Throws()
    {
        await using var server = await TestServer.StartAsync(new()
        {
            DuplexStreaming = async (_, responses, _) =>
            {
                await Assert.ThrowsAsync<ArgumentNullException>(() => responses.WriteAsync(null!));
                await responses.WriteAsync(new Note());
            },
        });
        using var call = server.Client.DuplexStreaming();

        await Assert.ThrowsAsync<ArgumentNullException>(() => call.RequestStream.WriteAsync(null!));
        Assert.True(await call.ResponseStream.MoveNext().InTime());
    }

    [Fact]
    public async Task ServerStreams_UsedAfterTheHandler_Throw()
    {
        IAsyncStreamReader<Note>? reader = null;
        IServerStreamWriter<Note>? writer = null;
        await using var server = await TestServer.StartAsync(new()
        {
            DuplexStreaming = (requests, responses, _) =>
            {
                (reader, writer) = (requests, responses);
                return Task.CompletedTask;
            },
        });
        using var call = server.Client.DuplexStreaming();
        Assert.False(await call.ResponseStream.MoveNext().InTime());

        await Assert.ThrowsAsync<InvalidOperationException>(() => reader!.MoveNext());
        await Assert.ThrowsAsync<InvalidOperationException>(() => writer!.WriteAsync(new Note()));
    }

    [Fact]
    public async Task ServerWriter_BufferHint_MessagesArriveAllTheSame()
    {
        await using var server = await TestServer.StartAsync(new()
        {
            ServerStreaming = async (_, responses, _) =>
            {
                responses.WriteOptions = new WriteOptions(WriteFlags.BufferHint);
                for (var i = 0; i < 3; i++) await responses.WriteAsync(new Note { Number = i });
            },
        });

        using var call = server.Client.ServerStreaming(new Note());
        List<int> numbers = [];
        await foreach (var note in call.ResponseStream.ReadAllAsync()) numbers.Add(note.Number);

        Assert.Equal([0, 1, 2], numbers);
    }

    [Fact]
    public async Task DuplexStreaming_ServerDoesNotRead_ClientsWritesWait()
    {
        var release = new TaskCompletionSource();
        await using var server = await StartUnreadingAsync(release);
        using var call = server.Client.DuplexStreaming();

        var writing = call.RequestStream.WriteAsync(NoteOf(MoreThanAnyWindow));
        await server.Client.UnaryAsync(new Note()).ResponseAsync.InTime();

        Assert.False(writing.IsCompleted);
        release.SetResult();
        await writing.InTime();
    }

    [Fact]
    public async Task ServerStreaming_ClientDoesNotRead_ServersWritesWait()
    {
        var started = new TaskCompletionSource<Task>();
        await using var server = await TestServer.StartAsync(new()
        {
            Unary = (request, _) => Task.FromResult(request),
            ServerStreaming = async (_, responses, _) =>
            {
                var writing = responses.WriteAsync(NoteOf(MoreThanAnyWindow));
                started.SetResult(writing);
                await writing;
            },
        });

        using var call = server.Client.ServerStreaming(new Note());
        var waiting = await started.Task.InTime();
        await server.Client.UnaryAsync(new Note()).ResponseAsync.InTime();

        Assert.False(waiting.IsCompleted);
        Assert.True(await call.ResponseStream.MoveNext().InTime());
        await waiting.InTime();
    }

    [Fact]
    public async Task DuplexStreaming_LargeMessagesBothWaysAtOnce_AllArriveIntact()
    {
        const int count = 40;
        await using var server = await TestServer.StartAsync(new()
        {
            DuplexStreaming = async (requests, responses, _) =>
            {
                await foreach (var note in requests.ReadAllAsync()) await responses.WriteAsync(note);
            },
        });
        using var call = server.Client.DuplexStreaming();

        var writing = Task.Run(async () =>
        {
            for (var i = 0; i < count; i++) await call.RequestStream.WriteAsync(NoteOf(3 << 19, i));
            await call.RequestStream.CompleteAsync();
        });
        var number = 0;
        await foreach (var note in call.ResponseStream.ReadAllAsync())
            Assert.Equal(NoteOf(3 << 19, number++), note);

        Assert.Equal(count, number);
        await writing.InTime();
    }

    // Handlers that do not read until they are told to, then to the end.
    private static Task<TestServer> StartUnreadingAsync(TaskCompletionSource release) => TestServer.StartAsync(new()
    {
        Unary = (request, _) => Task.FromResult(request),
        DuplexStreaming = async (requests, _, _) =>
        {
            await release.Task;
            while (await requests.MoveNext())
            {
            }
        },
    });

    private static Note NoteOf(int bytes, int number = 0)
    {
        var data = new byte[bytes];
        data.AsSpan().Fill((byte)number);
        return new Note { Number = number, Data = UnsafeByteOperations.UnsafeWrap(data) };
    }
}
