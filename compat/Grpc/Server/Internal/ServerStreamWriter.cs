using Grpc.Core;

namespace Grpc.AspNetCore.Server.Internal;

/// <summary>The response stream of a call; disposed when its handler is done.</summary>
internal sealed class ServerStreamWriter<T>(HttpServerCallContext context, Marshaller<T> marshaller)
    : IServerStreamWriter<T>, IDisposable
    where T : class
{
    private int _writing;
    private volatile bool _completed;

    public WriteOptions? WriteOptions
    {
        get => context.WriteOptions;
        set => context.WriteOptions = value;
    }

    public Task WriteAsync(T message) => WriteAsync(message, CancellationToken.None);

    public async Task WriteAsync(T message, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(message);
        cancellationToken.ThrowIfCancellationRequested();
        if (_completed || context.CancellationToken.IsCancellationRequested)
            throw new InvalidOperationException("Can't write the message because the request is complete.");
        if (Interlocked.Exchange(ref _writing, 1) != 0)
        {
            throw new InvalidOperationException(
                "Can't write the message because the previous write is in progress.");
        }

        try
        {
            using var both = cancellationToken.CanBeCanceled
                ? CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, context.CancellationToken)
                : null;
            await context.WriteAsync(marshaller, message, both?.Token ?? context.CancellationToken)
                .ConfigureAwait(false);
        }
        finally
        {
            Volatile.Write(ref _writing, 0);
        }
    }

    public void Dispose() => _completed = true;
}
