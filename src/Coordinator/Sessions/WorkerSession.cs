using System.Threading.Channels;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Access;
using FineWebTorch.Coordinator.Limits;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Protos.V1;
using Grpc.Core;

namespace FineWebTorch.Coordinator.Sessions;

/// <summary>One Work stream: carries what the worker says to the loop, and back.</summary>
/// <param name="limits">How much may wait for a worker that does not read.</param>
/// <param name="visitor">Whoever has opened it.</param>
internal sealed class WorkerSession(PeerLimits limits, Visitor visitor) : IWorkerSession, IDisposable
{
    private readonly Channel<CoordinatorMessage> _outbox = Channel.CreateUnbounded<CoordinatorMessage>(
        new UnboundedChannelOptions { SingleReader = true });

    private readonly CancellationTokenSource _closed = new();
    private readonly CancellationTokenSource _overflow = new();
    private volatile RpcException? _error;
    private int _unread;
    private long _unreadBytes;

    public void Send(CoordinatorMessage message)
    {
        var bytes = Interlocked.Add(ref _unreadBytes, message.CalculateSize());
        if (Interlocked.Increment(ref _unread) <= limits.UnreadMessages && bytes <= limits.UnreadBytes)
            _outbox.Writer.TryWrite(message);
        else
            GiveUp();
    }

    public void Close(string? error = null)
    {
        if (error is not null)
            _error ??= new RpcException(new Status(StatusCode.FailedPrecondition, error));
        _outbox.Writer.TryComplete();
    }

    /// <summary>Until either side ends the session.</summary>
    /// <exception cref="RpcException">The worker has broken the protocol or is no longer listened to.</exception>
    public async Task RunAsync(
        RunLoop loop, IAsyncStreamReader<WorkerMessage> incoming, IAsyncStreamWriter<CoordinatorMessage> outgoing,
        CancellationToken cancellationToken)
    {
        using var reading = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _closed.Token);
        using var writing = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _overflow.Token);
        var receiving = ReceiveAsync(loop, incoming, reading.Token);
        try
        {
            await foreach (var message in _outbox.Reader.ReadAllAsync(writing.Token))
            {
                await outgoing.WriteAsync(message, writing.Token);
                Interlocked.Decrement(ref _unread);
                Interlocked.Add(ref _unreadBytes, -message.CalculateSize());
            }
        }
        catch (OperationCanceledException) when (_overflow.IsCancellationRequested)
        {
            // Told below.
        }
        finally
        {
            await _closed.CancelAsync();
            await receiving;
        }

        if (_error is { } error)
            throw error;
    }

    public void Dispose()
    {
        _closed.Dispose();
        _overflow.Dispose();
    }

    /// <summary>What waits for the worker is dropped with its session: it is told anew when it comes back.</summary>
    private void GiveUp()
    {
        if (!_outbox.Writer.TryComplete())
            return;
        _error ??= TooMuch.Of(
            $"more than {NumberText.Count(limits.UnreadMessages, "message")} or {NumberText.Size(limits.UnreadBytes)} wait " +
            "for this worker, which does not read them", TimeSpan.FromSeconds(1));
        // Not on the loop's thread.
        _ = Task.Run(StopWriting);
    }

    private void StopWriting()
    {
        try
        {
            _overflow.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The session has ended meanwhile.
        }
    }

    private async Task ReceiveAsync(
        RunLoop loop, IAsyncStreamReader<WorkerMessage> incoming, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var message in incoming.ReadAllAsync(cancellationToken))
            {
                if (visitor.FaultOf(message) is { } refusal)
                {
                    Send(new CoordinatorMessage { Rejection = new Rejection { Reason = refusal, Permanent = true } });
                    break;
                }

                await loop.PostAsync(
                    MessageChecks.FaultOfShape(message) is { } fault
                        ? new RunCommand.Broken(this, fault)
                        : new RunCommand.Received(this, message),
                    cancellationToken);
            }
        }
        catch (RpcException limit) when (limit.StatusCode is StatusCode.ResourceExhausted or StatusCode.DeadlineExceeded)
        {
            _error ??= limit;
        }
#pragma warning disable CA1031 // A lost connection looks different on every platform; to the loop it is one thing
        catch (Exception)
#pragma warning restore CA1031
        {
            // Told to the loop below.
        }

        try
        {
            // Closed by the loop, when all that came before has been answered.
            await loop.PostAsync(new RunCommand.SessionEnded(this), CancellationToken.None);
        }
        catch (ChannelClosedException)
        {
            // The run has ended: nobody answers any more.
            Close();
        }
    }
}
