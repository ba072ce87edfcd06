using System.Globalization;
using System.Text.Json.Nodes;
using System.Text;

namespace FineWebTorch.HubEmulator;

/// <summary>Listings.</summary>
internal static class TreeRoutes
{
    private const int ExpandedPageSize = 50;
    private const int MostPaths = 1000;

    public static Task TreeAsync(Exchange exchange)
    {
        var repository = RepositoryRoutes.Readable(exchange);
        var revision = exchange.Target.Segments[5];
        var commit = repository.Require(revision);
        var folder = exchange.Target.PathFrom(6);
        var expand = exchange.Flag("expand");
        var rows = TreeWalk.Rows(commit, folder, exchange.Flag("recursive")).ToList();
        if (rows.Count == 0 && folder.Length > 0)
            throw ApiException.NoEntry(folder, revision);
        var most = expand ? Math.Min(ExpandedPageSize, exchange.State.Options.PageSize)
            : exchange.State.Options.PageSize;
        return PageAsync(exchange, rows, most, row => Row(exchange, repository, row, expand));
    }

    public static async Task PathsInfoAsync(Exchange exchange)
    {
        var repository = RepositoryRoutes.Readable(exchange);
        var commit = repository.Require(exchange.Target.Segments[5]);
        var (paths, expand) = await PathsAsync(exchange).ConfigureAwait(false);
        if (paths.Count > MostPaths)
            throw new ApiException(413, null, "too many parameters");
        var rows = paths.Select(path => TreeWalk.Row(commit, path.TrimEnd('/'))).OfType<TreeRow>()
            .Select(row => (JsonNode)Row(exchange, repository, row, expand));
        await exchange.JsonAsync(new JsonArray([.. rows])).ConfigureAwait(false);
    }

    public static Task CommitsAsync(Exchange exchange)
    {
        var repository = RepositoryRoutes.Readable(exchange);
        var commits = repository.History(repository.Require(exchange.Target.Segments[5])).ToList();
        exchange.Response.Headers["X-Total-Count"] = commits.Count.ToString(CultureInfo.InvariantCulture);
        return PageAsync(exchange, commits, exchange.State.Options.PageSize, commit => new JsonObject
        {
            ["id"] = commit.Id,
            ["title"] = commit.Title,
            ["message"] = commit.Description,
            ["date"] = RepositoryRoutes.Iso(commit.Date),
            ["authors"] = new JsonArray(new JsonObject { ["user"] = exchange.State.Options.User, ["avatar"] = "" }),
        });
    }

    /// <summary>One page, and the absolute address of the next one.</summary>
    private static Task PageAsync<T>(Exchange exchange, List<T> all, int most, Func<T, JsonObject> write)
    {
        var size = exchange.Query("limit") is { } limit ? int.Parse(limit, CultureInfo.InvariantCulture) : most;
        if (size > most)
            throw ApiException.BadRequest($"limit must not exceed {most}");
        var start = exchange.Query("cursor") is { } cursor
            ? int.Parse(Encoding.ASCII.GetString(Convert.FromBase64String(cursor)), CultureInfo.InvariantCulture) : 0;
        var next = start + size;
        if (next < all.Count)
        {
            var text = Convert.ToBase64String(Encoding.ASCII.GetBytes(next.ToString(CultureInfo.InvariantCulture)));
            var kept = exchange.Target.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries)
                .Where(pair => !pair.StartsWith("cursor=", StringComparison.Ordinal));
            var query = string.Join('&', [.. kept, "cursor=" + Uri.EscapeDataString(text)]);
            exchange.Response.Headers.Link =
                $"<{exchange.State.HubUrl}{exchange.Target.RawPath}?{query}>; rel=\"next\"";
        }
        return exchange.JsonAsync(new JsonArray([.. all.Skip(start).Take(size).Select(one => (JsonNode)write(one))]));
    }

    private static JsonObject Row(Exchange exchange, Repository repository, TreeRow row, bool expand)
    {
        var json = new JsonObject
        {
            ["type"] = row.Entry is null ? "directory" : "file",
            ["oid"] = row.Entry?.Oid ?? TreeEntry.BlobId(Encoding.UTF8.GetBytes(row.Path)),
            ["size"] = row.Entry?.Size ?? 0,
            ["path"] = row.Path,
        };
        if (row.Entry?.Sha256 is { } sha256)
        {
            var pointer = TreeEntry.PointerText(sha256, row.Entry.Size).Length;
            json["lfs"] = new JsonObject { ["oid"] = sha256, ["size"] = row.Entry.Size, ["pointerSize"] = pointer };
            if (exchange.State.Options.AnnounceXet)
                json["xetHash"] = sha256;
        }
        if (expand && row.Entry is { } entry && repository.Find(entry.LastCommit) is { } last)
            json["lastCommit"] = new JsonObject
            {
                ["id"] = last.Id,
                ["title"] = last.Title,
                ["date"] = RepositoryRoutes.Iso(last.Date),
            };
        return json;
    }

    private static async Task<(List<string> Paths, bool Expand)> PathsAsync(Exchange exchange)
    {
        if (exchange.Request.HasFormContentType)
        {
            var form = await exchange.Request.ReadFormAsync().ConfigureAwait(false);
            return ([.. form["paths"].OfType<string>()], form["expand"].ToString().ToUpperInvariant() is "TRUE" or "1");
        }
        var body = await exchange.ReadJsonAsync().ConfigureAwait(false);
        return ([.. body["paths"]!.AsArray().Select(path => path!.GetValue<string>())],
            body["expand"]?.GetValue<bool>() ?? false);
    }
}

/// <param name="Entry">Null for a folder.</param>
internal sealed record TreeRow(string Path, TreeEntry? Entry);

/// <summary>Folders out of the flat list of a commit's files.</summary>
internal static class TreeWalk
{
    /// <summary>Depth first, folders included.</summary>
    public static IEnumerable<TreeRow> Rows(StoredCommit commit, string folder, bool recursive)
    {
        var prefix = folder.Length == 0 ? "" : folder + "/";
        var seen = new HashSet<string>();
        foreach (var (path, entry) in commit.Files.Where(file => file.Key.StartsWith(prefix, StringComparison.Ordinal)))
        {
            var parts = path[prefix.Length..].Split('/');
            for (var depth = 1; depth < parts.Length && (recursive || depth == 1); depth++)
            {
                var parent = prefix + string.Join('/', parts[..depth]);
                if (seen.Add(parent))
                    yield return new TreeRow(parent, null);
            }
            if (recursive || parts.Length == 1)
                yield return new TreeRow(path, entry);
        }
    }

    public static TreeRow? Row(StoredCommit commit, string path)
    {
        if (commit.Files.TryGetValue(path, out var entry))
            return new TreeRow(path, entry);
        return commit.Files.Keys.Any(file => file.StartsWith(path + "/", StringComparison.Ordinal))
            ? new TreeRow(path, null) : null;
    }
}
