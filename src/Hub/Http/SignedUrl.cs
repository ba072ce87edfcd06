using System.Globalization;
using FineWebTorch.Common;

namespace FineWebTorch.Hub;

/// <summary>Addresses whose query string is a credential.</summary>
internal static class SignedUrl
{
    private static readonly UriCreationOptions Verbatim = new() { DangerousDisablePathAndQueryCanonicalization = true };

    /// <summary>
    /// A Uri that is sent byte for byte as it was received: decoding <c>%7E</c> would break a signature.
    /// </summary>
    public static Uri Create(string url)
    {
        if (!Uri.TryCreate(url, Verbatim, out var created) || created.Scheme is not ("http" or "https"))
            throw new HubException(HubErrorKind.BadAnswer, $"the Hub gave an address that is none: {Redact(url)}");
        return created;
    }

    /// <summary>A <c>Location</c> header read against the address that answered with it.</summary>
    public static Uri Resolve(Uri from, string location)
    {
        if (location.StartsWith("//", StringComparison.Ordinal))
            return Create($"{from.Scheme}:{location}");
        if (location.StartsWith('/'))
            return Create($"{from.Scheme}://{from.Authority}{location}");
        return location.Contains("://", StringComparison.Ordinal)
            ? Create(location)
            : Create(new Uri(new Uri(from.GetLeftPart(UriPartial.Path)), location).AbsoluteUri);
    }

    public static bool SameOrigin(Uri a, Uri b) =>
        a.Scheme == b.Scheme && a.Port == b.Port && string.Equals(a.Host, b.Host, StringComparison.OrdinalIgnoreCase);

    /// <summary>Scheme, host and path alone.</summary>
    public static string Redact(Uri url) => $"{url.Scheme}://{url.Authority}{PathOf(url)}";

    /// <summary>A text with the query strings of all addresses in it left out.</summary>
    public static string Redact(string text) => Redaction.QueriesLeftOut(text);

    /// <summary>When the address ends to be good, as far as its query says; null where it does not.</summary>
    public static DateTimeOffset? Expiry(Uri url)
    {
        var query = ReadQuery(url);
        if (query.TryGetValue("Expires", out var epoch) &&
            long.TryParse(epoch, CultureInfo.InvariantCulture, out var unix))
            return DateTimeOffset.FromUnixTimeSeconds(unix);
        if (query.TryGetValue("X-Amz-Date", out var date) && query.TryGetValue("X-Amz-Expires", out var seconds) &&
            int.TryParse(seconds, CultureInfo.InvariantCulture, out var life) && DateTimeOffset.TryParseExact(
                date, "yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal,
                out var start))
            return start.AddSeconds(life);
        return query.TryGetValue("se", out var end) && DateTimeOffset.TryParse(
            end, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var azure) ? azure : null;
    }

    public static IReadOnlyDictionary<string, string> ReadQuery(Uri url)
    {
        var pairs = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        var start = url.OriginalString.IndexOf('?', StringComparison.Ordinal);
        if (start < 0)
            return pairs;
        foreach (var pair in url.OriginalString[(start + 1)..].Split('&'))
        {
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0)
                pairs[Uri.UnescapeDataString(pair[..equals])] = Uri.UnescapeDataString(pair[(equals + 1)..]);
        }
        return pairs;
    }

    private static string PathOf(Uri url) => url.PathAndQuery.Split('?')[0];
}
