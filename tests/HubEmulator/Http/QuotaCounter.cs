using System.Globalization;

namespace FineWebTorch.HubEmulator;

/// <summary>Counts requests in fixed windows and says how many are left, as the Hub does on every answer.</summary>
internal sealed class QuotaCounter(int? quota, TimeProvider time)
{
    private static readonly TimeSpan Length = TimeSpan.FromMinutes(5);
    private readonly Lock _lock = new();
    private readonly Dictionary<string, (DateTimeOffset End, int Used)> _windows = [];

    /// <returns>
    /// The RateLimit header, and whether the request is within the quota; null where there is no quota.
    /// </returns>
    public (string Header, bool Allowed)? Count(string bucket)
    {
        if (quota is not { } limit)
            return null;
        lock (_lock)
        {
            var now = time.GetUtcNow();
            var window = _windows.TryGetValue(bucket, out var known) && known.End > now ? known
                : (End: now + Length, Used: 0);
            window.Used++;
            _windows[bucket] = window;
            var left = Math.Max(0, limit - window.Used);
            var seconds = (int)Math.Ceiling((window.End - now).TotalSeconds);
            return (string.Create(CultureInfo.InvariantCulture, $"\"{bucket}\";r={left};t={seconds}"),
                window.Used <= limit);
        }
    }
}
