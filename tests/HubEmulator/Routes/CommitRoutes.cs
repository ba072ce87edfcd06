using System.Text.Json.Nodes;

namespace FineWebTorch.HubEmulator;

internal static class CommitRoutes
{
    public static async Task PreuploadAsync(Exchange exchange)
    {
        var repository = RepositoryRoutes.Writable(exchange, exchange.Flag("create_pr"));
        var body = await exchange.ReadJsonAsync().ConfigureAwait(false);
        var commit = repository.Require(exchange.Target.Segments[5]);
        var rules = new PathRules(
            repository.ReadText(commit, ".gitattributes"),
            body["gitIgnore"]?.GetValue<string>() ?? repository.ReadText(commit, ".gitignore"),
            exchange.State.Options.LargestPlainFile);
        var files = body["files"]!.AsArray().Select(file => Describe(file!.AsObject(), commit, rules));
        await exchange.JsonAsync(new JsonObject { ["files"] = new JsonArray([.. files]), ["commitOid"] = commit.Id })
            .ConfigureAwait(false);
    }

    public static async Task CommitAsync(Exchange exchange)
    {
        var opensPullRequest = exchange.Flag("create_pr");
        var repository = RepositoryRoutes.Writable(exchange, opensPullRequest);
        var change = await CommitBody.ReadAsync(exchange.Request.Body).ConfigureAwait(false);
        await repository.Gate.WaitAsync().ConfigureAwait(false);
        try
        {
            await exchange.JsonAsync(Apply(exchange, repository, change, opensPullRequest)).ConfigureAwait(false);
        }
        finally
        {
            repository.Gate.Release();
        }
    }

    private static JsonObject Apply(Exchange exchange, Repository repository, CommitBody change, bool opensPullRequest)
    {
        var revision = exchange.Target.Segments[5];
        var name = revision.StartsWith("refs/", StringComparison.Ordinal) ? revision : "refs/heads/" + revision;
        if (!repository.State.Refs.TryGetValue(name, out var head))
            throw ApiException.NoRevision(revision);
        var parent = change.Parent is null ? repository.Require(head) : repository.Require(change.Parent);
        if (!opensPullRequest && parent.Id != head)
            throw new ApiException(412, null, "A commit has happened since. Please refresh and try again.");
        change.Check(repository, exchange.State.Options.LargestPlainFile);
        var commit = repository.Add(
            parent, change.Title, change.Description, (id, files) => change.Apply(repository, id, files));
        var url = $"{exchange.State.HubUrl}/{repository.WebPath}";
        var answer = new JsonObject
        {
            ["success"] = true,
            ["commitOid"] = commit.Id,
            ["commitUrl"] = $"{url}/commit/{commit.Id}",
            ["hookOutput"] = "",
        };
        if (opensPullRequest)
            answer["pullRequestUrl"] = $"{url}/discussions/{RefRoutes.Open(repository, change.Title, commit.Id)}";
        else
            repository.State.Refs[name] = commit.Id;
        repository.Save();
        return answer;
    }

    private static JsonObject Describe(JsonObject file, StoredCommit commit, PathRules rules)
    {
        var path = file["path"]!.GetValue<string>();
        var sample = Convert.FromBase64String(file["sample"]?.GetValue<string>() ?? "");
        var answer = new JsonObject
        {
            ["path"] = path,
            ["uploadMode"] = rules.IsLfs(path, file["size"]!.GetValue<long>(), sample) ? "lfs" : "regular",
            ["shouldIgnore"] = rules.IsIgnored(path),
        };
        if (commit.Files.TryGetValue(path, out var entry))
            answer["oid"] = entry.ContentId;
        return answer;
    }
}
