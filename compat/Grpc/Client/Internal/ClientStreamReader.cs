using Grpc.Core;

namespace Grpc.Net.Client.Internal;

/// <summary>The response stream of a call.</summary>
internal sealed class ClientStreamReader<TRequest, TResponse>(GrpcCall<TRequest, TResponse> call)
    : IAsyncStreamReader<TResponse>
    where TRequest : class
    where TResponse : class
{
    private int _reading;

    public TResponse Current { get; private set; } = null!;

    public async Task<bool> MoveNext(CancellationToken cancellationToken)
    {
        call.ThrowIfDisposed();
        if (Interlocked.Exchange(ref _reading, 1) != 0)
        {
            throw new InvalidOperationException(
                "Can't read the next message because the previous read is in progress.");
        }

        try
        {
            // The last message is not kept alive while the next is waited for.
            Current = null!;
            using var registration = call.CancelWith(cancellationToken);
            var message = await call.ReadAsync().ConfigureAwait(false);
            Current = message!;
            return message is not null;
        }
        finally
        {
            Volatile.Write(ref _reading, 0);
        }
    }
}
