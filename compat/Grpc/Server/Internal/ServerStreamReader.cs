using Grpc.Core;
using Grpc.Core.Wire;

namespace Grpc.AspNetCore.Server.Internal;

/// <summary>The request stream of a call; disposed when its handler is done.</summary>
internal sealed class ServerStreamReader<T>(HttpServerCallContext context, Marshaller<T> marshaller)
    : IAsyncStreamReader<T>, IAsyncDisposable
    where T : class
{
    private readonly MessageReader<T> _reader = context.CreateReader(marshaller);
    private readonly TaskCompletionSource _lastReadEnded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _reading;
    private int _completed;

    public T Current { get; private set; } = null!;

    private bool IsCompleted => Volatile.Read(ref _completed) != 0;

    public async Task<bool> MoveNext(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (IsCompleted || context.CancellationToken.IsCancellationRequested)
            throw TooLate();
        if (Interlocked.Exchange(ref _reading, 1) != 0)
        {
            throw new InvalidOperationException(
                "Can't read the next message because the previous read is in progress.");
        }

        try
        {
            // From here on the end of the call waits for this read.
            if (IsCompleted) throw TooLate();
            // The last message is not kept alive while the next is waited for.
            Current = null!;
            var message = await ReadAsync(cancellationToken).ConfigureAwait(false);
            Current = message!;
            return message is not null;
        }
        catch (IOException)
        {
            context.CancelAfterLostRequest();
            throw;
        }
        finally
        {
            Interlocked.Exchange(ref _reading, 0);
            if (IsCompleted) _lastReadEnded.TrySetResult();
        }
    }

    /// <summary>
    /// Ends a read that the handler left behind: Kestrel gives the request's pipe to a later call of the connection,
    /// which would find a read in progress.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        Interlocked.Exchange(ref _completed, 1);
        if (Volatile.Read(ref _reading) == 0) return;
        _reader.CancelPendingRead();
        await _lastReadEnded.Task.ConfigureAwait(false);
    }

    private static InvalidOperationException TooLate() => new("Can't read messages after the request is complete.");

    private async ValueTask<T?> ReadAsync(CancellationToken cancellationToken)
    {
        if (!cancellationToken.CanBeCanceled || cancellationToken == context.CancellationToken)
            return await _reader.ReadAsync(context.CancellationToken).ConfigureAwait(false);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, context.CancellationToken);
        return await _reader.ReadAsync(both.Token).ConfigureAwait(false);
    }
}
