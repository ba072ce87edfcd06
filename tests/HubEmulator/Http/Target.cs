using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace FineWebTorch.HubEmulator;

/// <summary>
/// A request's path, split before it is decoded: a revision is one segment though it holds encoded slashes, and the
/// server's own decoding cannot tell <c>%252F</c> from <c>%2F</c>.
/// </summary>
public sealed class Target
{
    private Target(string rawPath, string query)
    {
        RawPath = rawPath;
        Query = query;
        Segments = [.. rawPath.Split('/', StringSplitOptions.RemoveEmptyEntries).Select(Uri.UnescapeDataString)];
    }

    public string RawPath { get; }

    /// <summary>With its question mark; empty for none.</summary>
    public string Query { get; }

    /// <summary>Decoded once.</summary>
    public IReadOnlyList<string> Segments { get; }

    public static Target Of(HttpContext context)
    {
        var raw = context.Features.Get<IHttpRequestFeature>()!.RawTarget;
        var question = raw.IndexOf('?', StringComparison.Ordinal);
        return question < 0 ? new Target(raw, "") : new Target(raw[..question], raw[question..]);
    }

    /// <summary>Segments from an index on, as a path in a repository. An encoded slash in one is a slash.</summary>
    public string PathFrom(int index) => string.Join('/', Segments.Skip(index)).TrimEnd('/');
}
