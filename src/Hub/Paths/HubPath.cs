using System.Text.RegularExpressions;
using FineWebTorch.Common;

namespace FineWebTorch.Hub;

/// <summary>
/// A place on the Hub: a repository, a revision and a file, folder or pattern in it.
/// <c>hf://[models/|datasets/|spaces/]owner/name[@revision][/path]</c>.
/// </summary>
/// <param name="Revision">Branch, tag, commit or special ref, decoded; null for the default branch.</param>
/// <param name="Path">Relative to the repository's root, without slashes around it; empty for the root.</param>
public sealed record HubPath(HubRepository Repository, string? Revision, string Path)
{
    public const string Scheme = "hf://";

    public bool HasWildcard => Glob.HasWildcard(Path);

    /// <summary>Whether a text is meant as a place on the Hub (it may still be malformed).</summary>
    /// <param name="endpoint">Pages below it count, besides those of huggingface.co.</param>
    public static bool LooksLikeOne(string text, Uri? endpoint = null) =>
        text.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) || HubPageAddress.IsOne(text, endpoint);

    /// <summary>Reads an <c>hf://</c> path or the address of a page or file, as copied from a browser.</summary>
    /// <exception cref="HubPathException">It is neither.</exception>
    public static HubPath Parse(string text, Uri? endpoint = null)
    {
        if (text.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
            return HubPathParser.Parse(text);
        return HubPageAddress.IsOne(text, endpoint)
            ? HubPageAddress.Parse(text)
            : throw new HubPathException(text, "write hf://datasets/owner/name[@revision][/path]");
    }

    /// <summary>Also takes a plain <c>owner/name[@revision]</c>, which means a repository of that kind.</summary>
    public static HubPath ParseRepository(string text, RepositoryKind kind, Uri? endpoint = null) =>
        RepositoryId.TryParse(text, out var plain)
            ? new HubPath(new HubRepository(kind, plain.Id), plain.Revision, "")
            : Parse(text, endpoint);

    public override string ToString()
    {
        var revision = Revision is null ? "" : "@" + HubPathParser.WriteRevision(Revision);
        return $"{Scheme}{Repository}{revision}{(Path.Length == 0 ? "" : "/" + Path)}";
    }
}

/// <summary>A text that was meant as a place on the Hub and is not one.</summary>
public sealed class HubPathException(string text, string reason)
    : IOException($"'{text}' is not a place on the Hub: {reason}")
{
    public string Text { get; } = text;

    /// <summary>What is wrong with it, or how it is written.</summary>
    public string Reason { get; } = reason;
}

/// <summary>The <c>hf://</c> grammar as huggingface_hub reads it.</summary>
internal static partial class HubPathParser
{
    private static readonly string[] SingularWords = ["model", "dataset", "space"];

    public static HubPath Parse(string text)
    {
        var rest = text[HubPath.Scheme.Length..];
        var segments = rest.Split('/');
        var kind = RepositoryKinds.FromPlural(segments[0]);
        if (kind is not null)
            segments = segments[1..];
        else if (SingularWords.Contains(segments[0]))
            throw new HubPathException(text, $"write hf://{segments[0]}s/…");
        if (segments.Length < 2 || segments[0].Length == 0 || segments[1].Length == 0)
            throw new HubPathException(text, "owner/name is missing, as in hf://datasets/owner/name");
        if (segments[0].Contains('@', StringComparison.Ordinal))
            throw new HubPathException(text, "a revision stands after owner/name, as in owner/name@main");
        var at = segments[1].IndexOf('@', StringComparison.Ordinal);
        var id = $"{segments[0]}/{(at < 0 ? segments[1] : segments[1][..at])}";
        var tail = string.Join('/', segments[2..]);
        string? revision = null;
        if (at >= 0)
        {
            var afterAt = segments[1][(at + 1)..] + (segments.Length > 2 ? "/" + tail : "");
            (revision, tail) = SplitRevision(text, afterAt);
        }
        return Create(text, kind ?? RepositoryKind.Model, id, revision, tail);
    }

    /// <summary>Special refs are matched greedily, any other revision ends at the next slash.</summary>
    public static (string Revision, string Tail) SplitRevision(string text, string afterAt)
    {
        var special = SpecialRef().Match(afterAt);
        var length = special.Success ? special.Length : afterAt.IndexOf('/', StringComparison.Ordinal);
        var revision = length < 0 ? afterAt : afterAt[..length];
        if (revision.Length == 0)
            throw new HubPathException(text, "the revision after '@' is empty");
        return (Uri.UnescapeDataString(revision), length < 0 ? "" : afterAt[length..].TrimStart1('/'));
    }

    public static HubPath Create(string text, RepositoryKind kind, string id, string? revision, string tail)
    {
        if (!RepositoryId.IsValid(id))
            throw new HubPathException(text, $"'{id}' is no repository name; it is owner/name");
        var path = tail.EndsWith('/') ? tail[..^1] : tail;
        if (path.Length > 0 && path.Split('/').Any(part => part is "" or "." or ".."))
            throw new HubPathException(text, "its path has an empty, '.' or '..' part");
        return new HubPath(new HubRepository(kind, id), revision, path);
    }

    /// <summary>
    /// The inverse of reading: slashes of ordinary branches are encoded, those of special refs are not.
    /// </summary>
    public static string WriteRevision(string revision) =>
        SpecialRef().Match(revision) is { Success: true } match && match.Length == revision.Length
            ? revision
            : Uri.EscapeDataString(revision);

    private static string TrimStart1(this string text, char character) =>
        text.StartsWith(character) ? text[1..] : text;

    [GeneratedRegex(@"^refs/(pr/[0-9]+|convert/[A-Za-z0-9_]+)(?=/|\z)")]
    private static partial Regex SpecialRef();
}

/// <summary>Addresses of the Hub's own pages and files, as a person copies them from a browser.</summary>
internal static class HubPageAddress
{
    private static readonly string[] Hosts = ["huggingface.co", "www.huggingface.co", "hf.co"];
    private static readonly string[] FileViews = ["blob", "resolve", "raw", "tree", "blame", "commits", "edit"];

    private static readonly string[] NotOwners =
        ["api", "blog", "chat", "collections", "docs", "join", "learn", "login", "new", "organizations", "papers",
            "posts", "pricing", "settings", "tasks", "buckets", "kernels"];

    public static bool IsOne(string text, Uri? endpoint) =>
        Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" &&
        (Hosts.Contains(url.Host, StringComparer.OrdinalIgnoreCase) ||
            (endpoint is not null && string.Equals(url.Host, endpoint.Host, StringComparison.OrdinalIgnoreCase)));

    public static HubPath Parse(string text)
    {
        // The raw text, since reading it as a Uri would decode what must be decoded once, a segment at a time.
        var start = text.IndexOf('/', text.IndexOf("//", StringComparison.Ordinal) + 2);
        var segments = start < 0 ? [] : Segments(text[(start + 1)..]);
        var kind = segments.Length > 0 ? RepositoryKinds.FromPlural(segments[0]) : null;
        if (kind is not null)
            segments = segments[1..];
        if (segments.Length < 2 || (kind is null && NotOwners.Contains(segments[0])))
            throw new HubPathException(text, "it is no page of a repository");
        var id = $"{segments[0]}/{segments[1]}";
        if (segments.Length < 4 || !FileViews.Contains(segments[2]))
            return HubPathParser.Create(text, kind ?? RepositoryKind.Model, id, null, "");
        var (revision, tail) = HubPathParser.SplitRevision(text, string.Join('/', segments[3..]));
        return HubPathParser.Create(text, kind ?? RepositoryKind.Model, id, revision, Uri.UnescapeDataString(tail));
    }

    private static string[] Segments(string path) =>
        path.Split('?', '#')[0].Split('/', StringSplitOptions.RemoveEmptyEntries);
}
