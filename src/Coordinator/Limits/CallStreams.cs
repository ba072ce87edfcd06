using System.Threading.RateLimiting;
using Grpc.Core;

namespace FineWebTorch.Coordinator.Limits;

/// <summary>Messages of a peer, no more in a second than it may send: the others are read later, and HTTP/2 holds it back.
/// </summary>
internal sealed class PacedReader<T>(IAsyncStreamReader<T> inner, PartitionedRateLimiter<object> rate)
    : IAsyncStreamReader<T>
{
    public T Current => inner.Current;

    public async Task<bool> MoveNext(CancellationToken cancellationToken)
    {
        using var permit = await rate.AcquireAsync(this, 1, cancellationToken);
        return await inner.MoveNext(cancellationToken);
    }
}

/// <summary>
/// Messages to a peer, which has to take each within a time: one that reads nothing would keep what is sent to it in
/// memory for as long as it likes. Its call is then ended at once, as it is when the writer gives a message up.
/// </summary>
/// <param name="written">Hears of each message before it is written.</param>
internal sealed class TakenWriter<T>(
    IServerStreamWriter<T> inner, ServerCallContext context, TimeSpan patience, TimeProvider time,
    Action<T>? written = null) : IServerStreamWriter<T>
{
    public WriteOptions? WriteOptions
    {
        get => inner.WriteOptions;
        set => inner.WriteOptions = value;
    }

    public Task WriteAsync(T message) => WriteAsync(message, CancellationToken.None);

    public async Task WriteAsync(T message, CancellationToken cancellationToken)
    {
        written?.Invoke(message);
        var writing = inner.WriteAsync(message, CancellationToken.None);
        if (!writing.IsCompleted)
        {
            await using var timer = time.CreateTimer(_ => Abort(), null, patience, Timeout.InfiniteTimeSpan);
            await using var givenUp = cancellationToken.Register(Abort);
            await writing;
        }

        await writing;
    }

    private void Abort() => context.GetHttpContext().Abort();
}
