namespace FineWebTorch.Hub;

/// <summary>A budget kept in memory: lets everything pass until an answer says that a bucket is empty.</summary>
public sealed class HubBudget(TimeProvider? time = null) : IHubBudget
{
    private readonly TimeProvider _time = time ?? TimeProvider.System;
    private readonly Lock _lock = new();
    private readonly Dictionary<HubBucket, Window> _windows = [];

    public async ValueTask AcquireAsync(HubBucket bucket, CancellationToken cancellationToken)
    {
        while (Take(bucket) is { } wait)
            await Task.Delay(wait, _time, cancellationToken).ConfigureAwait(false);
    }

    public void Report(HubBucket bucket, int remaining, TimeSpan reset)
    {
        var end = _time.GetUtcNow() + reset + TimeSpan.FromSeconds(1);
        lock (_lock)
        {
            // Answers overtake one another: within a window the lowest count is the latest.
            var sameWindow = _windows.TryGetValue(bucket, out var known) &&
                (known.End - end).Duration() < TimeSpan.FromSeconds(3);
            _windows[bucket] = sameWindow ? new Window(Math.Min(known.Remaining, remaining), known.End)
                : new Window(remaining, end);
        }
    }

    /// <returns>How long to wait; null when the request has been counted.</returns>
    private TimeSpan? Take(HubBucket bucket)
    {
        lock (_lock)
        {
            if (!_windows.TryGetValue(bucket, out var window))
                return null;
            var left = window.End - _time.GetUtcNow();
            if (left <= TimeSpan.Zero)
            {
                _windows.Remove(bucket);
                return null;
            }
            if (window.Remaining <= 0)
                return left;
            _windows[bucket] = window with { Remaining = window.Remaining - 1 };
            return null;
        }
    }

    private readonly record struct Window(int Remaining, DateTimeOffset End);
}
