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

    public bool HasWildcard => HubGlob.HasWildcard(Path);

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
