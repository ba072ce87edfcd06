using Grpc.Core;
using Grpc.Core.Wire;

namespace Grpc.AspNetCore.Server.Internal;

/// <summary>The request stream of a call; disposed when its handler is done.</summary>
internal sealed class ServerStreamReader<T>(HttpServerCallContext context, Marshaller<T> marshaller)
    : IAsyncStreamReader<T>, IDisposable
    where T : class
{
    private readonly MessageReader<T> _reader = context.CreateReader(marshaller);
    private int _reading;
    private volatile bool _completed;

    public T Current { get; private set; } = null!;

    public async Task<bool> MoveNext(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (_completed || context.CancellationToken.IsCancellationRequested)
            throw new InvalidOperationException("Can't read messages after the request is complete.");
        if (Interlocked.Exchange(ref _reading, 1) != 0)
        {
            throw new InvalidOperationException(
                "Can't read the next message because the previous read is in progress.");
        }

        try
        {
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
            Volatile.Write(ref _reading, 0);
        }
    }

    public void Dispose() => _completed = true;

    private async ValueTask<T?> ReadAsync(CancellationToken cancellationToken)
    {
        if (!cancellationToken.CanBeCanceled || cancellationToken == context.CancellationToken)
            return await _reader.ReadAsync(context.CancellationToken).ConfigureAwait(false);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, context.CancellationToken);
        return await _reader.ReadAsync(both.Token).ConfigureAwait(false);
    }
}
