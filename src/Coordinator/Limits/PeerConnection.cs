using System.Net;
using System.Threading.RateLimiting;
using FineWebTorch.Common;

namespace FineWebTorch.Coordinator.Limits;

/// <summary>
/// A connection of a peer: a guest until a session begins on it, or a call of a session comes over it. A feature of each
/// request that comes over it.
/// </summary>
/// <param name="address">As <see cref="PeerAddress"/> has it.</param>
/// <param name="all">Room for messages, in KiB, that all connections share which are no guests'.</param>
/// <param name="since">When it began, on the gate's clock.</param>
/// <param name="cut">Ends the connection at once.</param>
/// <param name="admitted">Called once, when it is no guest any more.</param>
internal sealed class PeerConnection(
    IPAddress address, PeerLimits limits, RateLimiter all, TimeSpan since, Action cut, Action<PeerConnection> admitted)
    : IDisposable
{
    private readonly RateLimiter _guest = RoomOf(limits.GuestBytesPerConnection, queue: 0);
    private readonly RateLimiter _member = RoomOf(limits.BytesPerConnection, queue: int.MaxValue);
    private int _calls;
    private int _admissions;

    public IPAddress Address => address;

    public TimeSpan Since => since;

    public bool IsGuest => Volatile.Read(ref _admissions) == 0;

    /// <summary>Something has been asked over it: the handshake is over.</summary>
    public bool HasAsked => Volatile.Read(ref _calls) > 0;

    /// <summary>Bytes that a message may have which comes over it.</summary>
    public int MostOfMessage => IsGuest ? limits.GuestMessageBytes : limits.MessageBytes;

    /// <summary>Room for messages of connections.</summary>
    /// <param name="queue">How many may wait for it.</param>
    public static RateLimiter RoomOf(int bytes, int queue) => new ConcurrencyLimiter(
        new ConcurrencyLimiterOptions { PermitLimit = Math.Max(1, bytes >> 10), QueueLimit = queue });

    /// <summary>A session has begun on it, or a call of one has come.</summary>
    public void Admit()
    {
        if (IsGuest && Interlocked.Exchange(ref _admissions, 1) == 0)
            admitted(this);
    }

    /// <returns>Whether one more call is taken.</returns>
    public bool TryCall() => Interlocked.Increment(ref _calls) <= limits.GuestCalls || !IsGuest;

    public void Cut() => cut();

    /// <summary>Room for a message until it has been taken in. Guests do not wait for it.</summary>
    /// <exception cref="Grpc.Core.RpcException">A guest has no more.</exception>
    public async ValueTask<IDisposable> TakeRoomAsync(long bytes, CancellationToken cancellationToken)
    {
        var cost = (int)Math.Max(1, bytes >> 10);
        if (IsGuest)
        {
            var lease = _guest.AttemptAcquire(cost);
            return lease.IsAcquired ? lease : throw TooMuch.Of(
                $"messages of more than {NumberText.Size(limits.GuestBytesPerConnection)} at once on a connection " +
                "without a session", TimeSpan.FromSeconds(1));
        }

        var own = await _member.AcquireAsync(cost, cancellationToken);
        try
        {
            return new OwnAndShared(own, await all.AcquireAsync(cost, cancellationToken));
        }
        catch
        {
            own.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        _guest.Dispose();
        _member.Dispose();
    }

    private sealed record OwnAndShared(IDisposable Own, IDisposable Shared) : IDisposable
    {
        public void Dispose()
        {
            Shared.Dispose();
            Own.Dispose();
        }
    }
}
