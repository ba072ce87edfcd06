using System.Text.RegularExpressions;

namespace FineWebTorch.Hub;

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
