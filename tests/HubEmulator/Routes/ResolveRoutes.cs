using System.Globalization;
using System.Text;

namespace FineWebTorch.HubEmulator;

/// <summary>Files by revision and path, in the shapes that the Hub uses.</summary>
internal static class ResolveRoutes
{
    public static Task ResolveAsync(Exchange exchange)
    {
        var (kind, id, rest) = Split(exchange.Target);
        if (exchange.State.Store.FindMoved(kind, id) is { } moved)
            return exchange.RedirectAsync(307, exchange.Target.RawPath.Replace(id, moved, StringComparison.Ordinal));
        var repository = Access.Read(exchange, kind, id);
        var (commit, path, entry) = Find(exchange, repository, rest);
        Access.DemandTerms(exchange, repository);
        Describe(exchange, commit, entry);
        if (entry.Sha256 is not null)
            return RedirectToStorageAsync(exchange, repository, entry);
        var isOpen = !repository.State.Private && repository.State.Gated is null;
        if (entry.Size == 0 || !isOpen)
            return FileAnswer.SendAsync(exchange, repository.ContentFile(entry), entry.Oid);
        var encoded = string.Join('/', path.Split('/').Select(Uri.EscapeDataString));
        return exchange.RedirectAsync(
            307, $"/api/resolve-cache/{kind}/{id}/{commit.Id}/{encoded}?etag=%22{entry.Oid}%22");
    }

    public static Task ResolveCacheAsync(Exchange exchange)
    {
        var segments = exchange.Target.Segments;
        var repository = Access.Read(exchange, segments[2], $"{segments[3]}/{segments[4]}");
        var commit = repository.Require(segments[5]);
        var path = exchange.Target.PathFrom(6);
        if (!commit.Files.TryGetValue(path, out var entry))
            throw ApiException.NoEntry(path, segments[5], commit.Id);
        Describe(exchange, commit, entry);
        return FileAnswer.SendAsync(exchange, repository.ContentFile(entry), entry.Oid);
    }

    public static Task RawAsync(Exchange exchange)
    {
        var (kind, id, rest) = Split(exchange.Target);
        var repository = Access.Read(exchange, kind, id);
        var (_, _, entry) = Find(exchange, repository, rest);
        Access.DemandTerms(exchange, repository);
        exchange.Response.Headers.ETag = $"\"{entry.Oid}\"";
        return entry.Sha256 is { } oid
            ? exchange.BytesAsync(TreeEntry.PointerText(oid, entry.Size))
            : FileAnswer.SendAsync(exchange, repository.ContentFile(entry), entry.Oid);
    }

    /// <summary>Kind, id and the next index after <c>resolve</c>.</summary>
    public static (string Kind, string Id, int Next) Split(Target target)
    {
        var start = target.Segments[0] is "datasets" or "spaces" or "models" ? 1 : 0;
        var name = target.Segments[start + 1];
        var plain = name.EndsWith(".git", StringComparison.Ordinal) ? name[..^4] : name;
        return (start == 0 ? "models" : target.Segments[0], $"{target.Segments[start]}/{plain}", start + 3);
    }

    private static (StoredCommit Commit, string Path, TreeEntry Entry) Find(
        Exchange exchange, Repository repository, int rest)
    {
        var revision = exchange.Target.Segments[rest];
        var path = exchange.Target.PathFrom(rest + 1);
        var commit = repository.Require(revision);
        return commit.Files.TryGetValue(path, out var entry)
            ? (commit, path, entry)
            : throw ApiException.NoEntry(path, revision, commit.Id);
    }

    private static void Describe(Exchange exchange, StoredCommit commit, TreeEntry entry)
    {
        var headers = exchange.Response.Headers;
        headers["X-Repo-Commit"] = commit.Id;
        if (entry.Sha256 is null)
        {
            headers.ETag = $"\"{entry.Oid}\"";
            return;
        }
        headers["X-Linked-ETag"] = $"\"{entry.Sha256}\"";
        headers["X-Linked-Size"] = entry.Size.ToString(CultureInfo.InvariantCulture);
        if (!exchange.State.Options.AnnounceXet)
            return;
        var hub = exchange.State.HubUrl;
        headers["X-Xet-Hash"] = entry.Sha256;
        headers.Link =
            $"<{hub}/api/xet-read-token>; rel=\"xet-auth\", <{hub}/api/xet-info>; rel=\"xet-reconstruction-info\"";
    }

    private static Task RedirectToStorageAsync(Exchange exchange, Repository repository, TreeEntry entry)
    {
        var url = DataRoutes.ObjectUrl(exchange.State, repository, entry.Sha256!);
        exchange.Response.StatusCode = 302;
        exchange.Response.Headers.Location =
            exchange.State.Signatures.ForDownload(url, exchange.State.Options.DownloadLife);
        // A redirect has a body of its own, whose length is not the file's.
        exchange.Response.ContentType = "text/plain; charset=utf-8";
        return exchange.BytesAsync(Encoding.ASCII.GetBytes("Found. Redirecting"));
    }
}
