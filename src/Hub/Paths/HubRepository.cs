using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;

namespace FineWebTorch.Hub;

/// <summary>A repository on the Hub, without a revision.</summary>
public sealed record HubRepository
{
    /// <param name="id"><c>owner/name</c>, case kept.</param>
    /// <exception cref="HubPathException">The id breaks the Hub's rules.</exception>
    public HubRepository(RepositoryKind kind, string id)
    {
        if (!RepositoryId.IsValid(id))
            throw new HubPathException(id, "a repository is written owner/name, of letters, digits, '.', '_' and '-'");
        Kind = kind;
        Id = id;
    }

    public RepositoryKind Kind { get; }

    public string Id { get; }

    public string Owner => Id[..Id.IndexOf('/', StringComparison.Ordinal)];

    public string Name => Id[(Id.IndexOf('/', StringComparison.Ordinal) + 1)..];

    /// <summary>Below <c>/api/</c>: <c>datasets/owner/name</c>.</summary>
    internal string ApiPath => $"{Kind.Plural()}/{Id}";

    /// <summary>In the address of a page or file: models have no prefix.</summary>
    internal string WebPath => Kind == RepositoryKind.Model ? Id : ApiPath;

    internal string CacheFolder => $"{Kind.Plural()}--{Id.Replace("/", "--", StringComparison.Ordinal)}";

    public static HubRepository Dataset(string id) => new(RepositoryKind.Dataset, id);

    public static HubRepository Model(string id) => new(RepositoryKind.Model, id);

    /// <summary>As messages and <c>hf://</c> paths spell it.</summary>
    public override string ToString() => WebPath;
}

/// <summary>What a repository holds; decides its place in URLs and in the cache.</summary>
public enum RepositoryKind
{
    Model,
    Dataset,
    Space,
}

internal static class RepositoryKinds
{
    /// <summary>As API routes and <c>hf://</c> paths spell it.</summary>
    public static string Plural(this RepositoryKind kind) => kind switch
    {
        RepositoryKind.Model => "models",
        RepositoryKind.Dataset => "datasets",
        _ => "spaces",
    };

    public static string Singular(this RepositoryKind kind) => kind.Plural()[..^1];

    public static RepositoryKind? FromPlural(string word) => word switch
    {
        "models" => RepositoryKind.Model,
        "datasets" => RepositoryKind.Dataset,
        "spaces" => RepositoryKind.Space,
        _ => null,
    };
}

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
