using System.Text.RegularExpressions;

namespace FineWebTorch.Hub;

/// <summary>Builds the addresses of one endpoint. Every revision and path segment is encoded once.</summary>
internal sealed class HubAddresses(Uri endpoint)
{
    private readonly string _root = endpoint.AbsoluteUri.TrimEnd('/');

    public Uri Api(string path) => SignedUrl.Create($"{_root}/api/{path}");

    /// <param name="rest">Segments below the repository's API address, already encoded.</param>
    public Uri Api(HubRepository repository, string rest = "") =>
        Api(rest.Length == 0 ? repository.ApiPath : $"{repository.ApiPath}/{rest}");

    public Uri Resolve(HubRepository repository, string revision, string path) =>
        SignedUrl.Create($"{_root}/{repository.WebPath}/resolve/{Revision(revision)}/{EncodePath(path)}");

    public Uri LfsBatch(HubRepository repository) =>
        SignedUrl.Create($"{_root}/{repository.WebPath}.git/info/lfs/objects/batch");

    public Uri Tree(HubRepository repository, string revision, string folder, string query) =>
        Api(repository, $"tree/{Revision(revision)}{(folder.Length == 0 ? "" : "/" + EncodePath(folder))}?{query}");

    public static string Revision(string revision) => Uri.EscapeDataString(revision);

    public static string EncodePath(string path) => string.Join('/', path.Split('/').Select(Uri.EscapeDataString));

    /// <summary>
    /// An address that the Hub gave for itself. A custom endpoint may still name huggingface.co, where the token and
    /// the request do not belong; the official client rewrites those too.
    /// </summary>
    public Uri Own(string url)
    {
        var parsed = SignedUrl.Create(url);
        if (!string.Equals(parsed.Host, HubEnvironment.DefaultEndpoint.Host, StringComparison.OrdinalIgnoreCase))
            return parsed;
        var path = url.IndexOf('/', url.IndexOf("//", StringComparison.Ordinal) + 2);
        return SignedUrl.Create(_root + (path < 0 ? "" : url[path..]));
    }
}

/// <summary>The <c>Link</c> header by which pages are chained (RFC 8288, as far as the Hub uses it).</summary>
internal static partial class LinkHeader
{
    public static string? Next(string? header)
    {
        foreach (Match link in Links().Matches(header ?? ""))
        {
            if (link.Groups["rel"].Value == "next")
                return link.Groups["url"].Value;
        }
        return null;
    }

    [GeneratedRegex(@"<(?<url>[^>]*)>\s*;[^,<]*?\brel=""?(?<rel>[\w-]+)""?")]
    private static partial Regex Links();
}
