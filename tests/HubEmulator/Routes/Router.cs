using Microsoft.AspNetCore.Http;

namespace FineWebTorch.HubEmulator;

/// <summary>Finds the route of a request by its decoded segments.</summary>
internal static class Router
{
    private static readonly string[] Kinds = ["models", "datasets", "spaces"];

    public static Route Match(HttpContext context, Target target, bool isData)
    {
        var segments = target.Segments;
        if (segments.Count == 0)
            return Route.Unknown;
        if (isData)
            return MatchData(context.Request.Method, segments);
        if (segments[0] == ControlRoutes.Prefix)
            return new Route(RequestKind.Control, ControlRoutes.HandleAsync);
        return segments[0] == "api" ? MatchApi(segments) : MatchFile(segments);
    }

    private static Route MatchData(string method, IReadOnlyList<string> segments) => (method, segments[0]) switch
    {
        ("GET" or "HEAD", "objects") => new Route(RequestKind.ObjectGet, DataRoutes.GetObjectAsync),
        ("PUT", "objects") => new Route(RequestKind.ObjectPut, DataRoutes.PutObjectAsync),
        ("PUT", "parts") => new Route(RequestKind.PartPut, DataRoutes.PutPartAsync),
        _ => Route.Unknown,
    };

    private static Route MatchApi(IReadOnlyList<string> segments)
    {
        var second = segments.Count > 1 ? segments[1] : "";
        var third = segments.Count > 2 ? segments[2] : "";
        return (second, third) switch
        {
            ("whoami-v2", _) => new Route(RequestKind.WhoAmI, AccountRoutes.WhoAmIAsync),
            ("validate-yaml", _) => new Route(RequestKind.ValidateYaml, AccountRoutes.ValidateYamlAsync),
            ("repos", "create") => new Route(RequestKind.CreateRepository, RepositoryRoutes.CreateAsync),
            ("repos", "delete") => new Route(RequestKind.DeleteRepository, RepositoryRoutes.DeleteAsync),
            ("repos", "move") => new Route(RequestKind.MoveRepository, RepositoryRoutes.MoveAsync),
            ("complete_multipart", _) => new Route(RequestKind.Complete, LfsRoutes.CompleteAsync),
            ("resolve-cache", _) => new Route(RequestKind.ResolveCache, ResolveRoutes.ResolveCacheAsync),
            _ when Kinds.Contains(second) && segments.Count >= 4 => MatchRepository(segments),
            _ => Route.Unknown,
        };
    }

    private static Route MatchRepository(IReadOnlyList<string> segments) =>
        (segments.Count > 4 ? segments[4] : "") switch
        {
            "" or "revision" => new Route(RequestKind.Info, RepositoryRoutes.InfoAsync),
            "refs" => new Route(RequestKind.Refs, RepositoryRoutes.RefsAsync),
            "settings" => new Route(RequestKind.Settings, RepositoryRoutes.SettingsAsync),
            "branch" => new Route(RequestKind.Branch, RefRoutes.BranchAsync),
            "tag" => new Route(RequestKind.Tag, RefRoutes.TagAsync),
            "super-squash" => new Route(RequestKind.Squash, RefRoutes.SquashAsync),
            "discussions" => new Route(
                segments[^1] == "merge" ? RequestKind.Merge : RequestKind.Discussions, DiscussionRoutes.HandleAsync),
            "commits" => new Route(RequestKind.Commits, TreeRoutes.CommitsAsync),
            "tree" => new Route(RequestKind.Tree, TreeRoutes.TreeAsync),
            "paths-info" => new Route(RequestKind.PathsInfo, TreeRoutes.PathsInfoAsync),
            "preupload" => new Route(RequestKind.Preupload, CommitRoutes.PreuploadAsync),
            "commit" => new Route(RequestKind.Commit, CommitRoutes.CommitAsync),
            _ => Route.Unknown,
        };

    private static Route MatchFile(IReadOnlyList<string> segments)
    {
        var start = Kinds.Contains(segments[0]) ? 1 : 0;
        if (segments.Count < start + 4)
            return Route.Unknown;
        var isGit = segments[start + 1].EndsWith(".git", StringComparison.Ordinal);
        return (segments[start + 2], isGit ? segments[^1] : "") switch
        {
            ("info", "batch") => new Route(RequestKind.LfsBatch, LfsRoutes.BatchAsync),
            ("info", "verify") => new Route(RequestKind.LfsVerify, LfsRoutes.VerifyAsync),
            ("resolve", _) => new Route(RequestKind.Resolve, ResolveRoutes.ResolveAsync),
            ("raw", _) => new Route(RequestKind.Raw, ResolveRoutes.RawAsync),
            _ => Route.Unknown,
        };
    }
}

/// <summary>What a request is and who handles it.</summary>
/// <param name="Kind">One of <see cref="RequestKind"/>.</param>
internal sealed record Route(string Kind, Func<Exchange, Task> Handle)
{
    public static Route Unknown { get; } = new(
        RequestKind.Unknown, static _ =>
            throw new ApiException(404, null, "Sorry, we can't find the page you are looking for."));
}
