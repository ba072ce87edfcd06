namespace FineWebTorch.Hub;

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
