using System.Threading.Channels;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Protos.V1;
using Grpc.Core;

namespace FineWebTorch.Coordinator.Sessions;

/// <summary>One Work stream: carries what the worker says to the loop, and back.</summary>
internal sealed class WorkerSession : IWorkerSession, IDisposable
{
    private readonly Channel<CoordinatorMessage> _outbox = Channel.CreateUnbounded<CoordinatorMessage>(
        new UnboundedChannelOptions { SingleReader = true });

    private readonly CancellationTokenSource _closed = new();
    private volatile string? _error;

    public void Send(CoordinatorMessage message) => _outbox.Writer.TryWrite(message);

    public void Close(string? error = null)
    {
        _error ??= error;
        _outbox.Writer.TryComplete();
    }

    /// <summary>Until either side ends the session.</summary>
    /// <exception cref="RpcException">The worker has broken the protocol or is no longer listened to.</exception>
    public async Task RunAsync(
        RunLoop loop, IAsyncStreamReader<WorkerMessage> incoming, IAsyncStreamWriter<CoordinatorMessage> outgoing,
        CancellationToken cancellationToken)
    {
        using var reading = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _closed.Token);
        var receiving = ReceiveAsync(loop, incoming, reading.Token);
        try
        {
            await foreach (var message in _outbox.Reader.ReadAllAsync(cancellationToken))
                await outgoing.WriteAsync(message, cancellationToken);
        }
        finally
        {
            await _closed.CancelAsync();
            await receiving;
        }

        if (_error is { } error)
            throw new RpcException(new Status(StatusCode.FailedPrecondition, error));
    }

    public void Dispose() => _closed.Dispose();

    private async Task ReceiveAsync(
        RunLoop loop, IAsyncStreamReader<WorkerMessage> incoming, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var message in incoming.ReadAllAsync(cancellationToken))
                await loop.PostAsync(new RunCommand.Received(this, message), cancellationToken);
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
