using System.Threading.Channels;
using FineWebTorch.Protos.V1;
using Grpc.Core;
using Kind = FineWebTorch.Protos.V1.WorkerMessage.MessageOneofCase;

namespace FineWebTorch.Worker.Tests.Fakes;

/// <summary>One Work stream as a scripted coordinator sees it.</summary>
internal sealed class FakeSession(
    IAsyncStreamReader<WorkerMessage> incoming, IServerStreamWriter<CoordinatorMessage> outgoing, Action disconnect)
{
    private readonly Channel<WorkerMessage> _messages = Channel.CreateUnbounded<WorkerMessage>();
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The worker has sent everything it wanted to.</summary>
    public Task WorkerDone => _messages.Reader.Completion;

    /// <summary>Runs until the test or the worker ends the stream.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var reading = ReadAsync(ended.Token);
        await Task.WhenAny(reading, _closed.Task);
        // No read may be pending when the call ends.
        await ended.CancelAsync();
        await reading;
    }

    /// <summary>Ends the stream from the coordinator's side.</summary>
    public void Close() => _closed.TrySetResult();

    /// <summary>Breaks the connection; the coordinator goes on listening.</summary>
    public void Disconnect() => disconnect();

    /// <summary>A worker may act upon a message, and be gone, before the write is known here to have ended.</summary>
    public async Task SendAsync(CoordinatorMessage message)
    {
        try
        {
            await outgoing.WriteAsync(message);
        }
        catch (Exception gone) when (gone is ObjectDisposedException or OperationCanceledException)
        {
            // What it has heard of the message is the test's to ask.
        }
    }

    /// <summary>The worker's next message but for heartbeats, which must be of a kind.</summary>
    public async Task<WorkerMessage> ExpectAsync(Kind kind)
    {
        var message = await NextAsync();
        Assert.True(message.MessageCase == kind, $"expected {kind}, got {message}");
        return message;
    }

    /// <summary>The worker's next message, heartbeats left out.</summary>
    public async Task<WorkerMessage> NextAsync()
    {
        while (true)
        {
            var message = await ReceiveAsync();
            if (message.MessageCase != Kind.Heartbeat)
                return message;
        }
    }

    public async Task<Heartbeat> HeartbeatAsync()
    {
        while (true)
        {
            var message = await ReceiveAsync();
            if (message.MessageCase == Kind.Heartbeat)
                return message.Heartbeat;
        }
    }

    public async Task<Hello> HelloAsync() => (await ExpectAsync(Kind.Hello)).Hello;

    private Task<WorkerMessage> ReceiveAsync() => _messages.Reader.ReadAsync(TestContext.Current.CancellationToken)
        .AsTask().WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);

    private async Task ReadAsync(CancellationToken cancellation)
    {
        try
        {
            while (await incoming.MoveNext(cancellation))
                _messages.Writer.TryWrite(incoming.Current);
            _messages.Writer.TryComplete();
        }
        catch (Exception broken)
        {
            _messages.Writer.TryComplete(broken);
        }
    }
}
