using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;

namespace FineWebTorch.Hub;

/// <summary>
/// A repository on the Hub with an optional revision, written <c>owner/name</c> or <c>owner/name@revision</c>.
/// </summary>
public sealed partial record RepositoryId(string Id, string? Revision)
{
    /// <summary>The rules of the Hub's own clients: letters, digits, <c>._-</c>, no <c>--</c> or <c>..</c>.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out RepositoryId? repository)
    {
        var at = text.IndexOf('@', StringComparison.Ordinal);
        var id = at < 0 ? text : text[..at];
        var revision = at < 0 ? null : text[(at + 1)..];
        var good = IsValid(id) && revision != "" && !(revision?.Split('/').Contains("..") ?? false);
        repository = good ? new RepositoryId(id, revision) : null;
        return good;
    }

    internal static bool IsValid(string id) => id.Length <= 96 && id.Split('/') is { Length: 2 } parts &&
        parts.All(part => Name().IsMatch(part)) && !id.Contains("--", StringComparison.Ordinal) &&
        !id.Contains("..", StringComparison.Ordinal) && !id.EndsWith(".git", StringComparison.Ordinal);

    public override string ToString() => Revision is null ? Id : $"{Id}@{Revision}";

    [GeneratedRegex(@"^[A-Za-z0-9_]([A-Za-z0-9._-]*[A-Za-z0-9_])?\z")]
    private static partial Regex Name();
}
