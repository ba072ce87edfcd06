using System.Globalization;
using System.Net.Http.Headers;

namespace FineWebTorch.Hub;

/// <summary>
/// Who may send a request now: lets everything pass until an answer says that a bucket is empty. The Hub counts
/// requests by account, so clients of one account share one budget.
/// </summary>
public sealed class HubBudget(TimeProvider? time = null)
{
    private readonly TimeProvider _time = time ?? TimeProvider.System;
    private readonly Lock _lock = new();
    private readonly Dictionary<HubBucket, Window> _windows = [];

    /// <summary>Returns once a request of this bucket may be sent, and counts it.</summary>
    public async ValueTask AcquireAsync(HubBucket bucket, CancellationToken cancellationToken)
    {
        while (Take(bucket) is { } wait)
            await Task.Delay(wait, _time, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Takes note of what an answer said about a bucket.</summary>
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

/// <summary>The quotas that the Hub counts apart.</summary>
public enum HubBucket
{
    Api,

    /// <summary>Calls of <c>/resolve/</c>.</summary>
    Resolvers,
    Pages,
}

/// <summary>One item of a <c>RateLimit</c> header: <c>"api";r=949;t=271</c>.</summary>
/// <param name="Bucket">Null for a quota this program does not know.</param>
/// <param name="Remaining">Requests left in the current window.</param>
/// <param name="Reset">Time until the window ends.</param>
public sealed record RateLimitStatus(HubBucket? Bucket, int Remaining, TimeSpan Reset)
{
    internal const string Header = "RateLimit";

    /// <summary>In seconds; the Hub's have five minutes. What says more is asked again by then.</summary>
    private const int LongestWindow = 600;

    /// <returns>The readable items; none where the header is absent or in another form.</returns>
    public static IReadOnlyList<RateLimitStatus> Read(HttpResponseHeaders headers) =>
        headers.TryGetValues(Header, out var lines)
            ? [.. lines.SelectMany(line => line.Split(',')).Select(ReadItem).OfType<RateLimitStatus>()]
            : [];

    private static RateLimitStatus? ReadItem(string item)
    {
        var parts = item.Split(';', StringSplitOptions.TrimEntries);
        int? remaining = null, seconds = null;
        foreach (var part in parts[1..])
        {
            if (part.StartsWith("r=", StringComparison.Ordinal))
                remaining = Number(part);
            else if (part.StartsWith("t=", StringComparison.Ordinal))
                seconds = Number(part);
        }
        HubBucket? bucket = parts[0].Trim('"') switch
        {
            "api" => HubBucket.Api,
            "resolvers" => HubBucket.Resolvers,
            "pages" => HubBucket.Pages,
            _ => null,
        };
        return remaining is { } left && seconds is { } wait
            ? new RateLimitStatus(bucket, left, TimeSpan.FromSeconds(Math.Min(wait, LongestWindow)))
            : null;
    }

    private static int? Number(string part) =>
        int.TryParse(part.AsSpan(2), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
