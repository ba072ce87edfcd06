using System.Globalization;
using System.Net.Http.Headers;

namespace FineWebTorch.Hub;

/// <summary>One item of a <c>RateLimit</c> header: <c>"api";r=949;t=271</c>.</summary>
/// <param name="Bucket">Null for a quota this program does not know.</param>
/// <param name="Remaining">Requests left in the current window.</param>
/// <param name="Reset">Time until the window ends.</param>
public sealed record RateLimitStatus(HubBucket? Bucket, int Remaining, TimeSpan Reset)
{
    internal const string Header = "RateLimit";

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
            ? new RateLimitStatus(bucket, left, TimeSpan.FromSeconds(wait))
            : null;
    }

    private static int? Number(string part) =>
        int.TryParse(part.AsSpan(2), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
