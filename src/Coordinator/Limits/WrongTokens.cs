using System.Net;
using Microsoft.AspNetCore.Http;

namespace FineWebTorch.Coordinator.Limits;

/// <summary>
/// Whoever comes with a wrong token waits for the answer, the longer the more have come from its address. A right token
/// never waits, so that nobody is locked out by who shares its address. The person who watches hears of it once a minute.
/// </summary>
internal sealed class WrongTokens(PeerLimits limits, TimeProvider time, FloodLog log)
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(100);

    /// <summary>Addresses that are remembered.</summary>
    private const int MostAddresses = 4_096;

    private readonly Lock _lock = new();
    private readonly Dictionary<IPAddress, (double Level, long Seen)> _addresses = [];
    private int _waiting;

    /// <summary>To be called, and waited for, before a wrong token is refused.</summary>
    public async Task HoldBackAsync(HttpContext context)
    {
        var pause = Seen(PeerAddress.GroupOf(
            new IPEndPoint(context.Connection.RemoteIpAddress ?? IPAddress.None, context.Connection.RemotePort)));
        if (pause == TimeSpan.Zero)
            return;
        try
        {
            if (Interlocked.Increment(ref _waiting) > limits.WaitingWrongTokens)
                context.Features.Get<PeerConnection>()?.Cut();
            else
                await Task.Delay(pause, time, context.RequestAborted);
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }

    /// <summary>A wrong token has come.</summary>
    /// <param name="address">As <see cref="PeerAddress"/> has it.</param>
    /// <returns>How long it has to wait for its answer.</returns>
    public TimeSpan Seen(IPAddress address)
    {
        log.Note(address, "a wrong token");
        lock (_lock)
        {
            var now = time.GetTimestamp();
            var level = _addresses.TryGetValue(address, out var last) ? LevelOf(last, now) : 0;
            if (_addresses.Count >= MostAddresses)
                Forget(now);
            var over = Math.Max(0, level + 1 - limits.WrongTokensAtOnce);
            var pause = Math.Min(over * Step.TotalSeconds, limits.LongestTokenPause.TotalSeconds);
            // What is beyond the longest pause need not be waited off.
            var most = limits.WrongTokensAtOnce + (limits.LongestTokenPause / Step);
            _addresses[address] = (Math.Min(level + 1, most), now);
            return TimeSpan.FromSeconds(pause);
        }
    }

    private double LevelOf((double Level, long Seen) address, long now) =>
        Math.Max(0, address.Level - time.GetElapsedTime(address.Seen, now).TotalSeconds);

    /// <summary>Who has been quiet goes; where nobody has, they are too many for pauses to hold them back.</summary>
    private void Forget(long now)
    {
        foreach (var (address, _) in _addresses.Where(one => LevelOf(one.Value, now) == 0).ToList())
            _addresses.Remove(address);
        if (_addresses.Count > MostAddresses / 2)
            _addresses.Clear();
    }
}
