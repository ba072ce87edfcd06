using System.Text.Json.Nodes;

namespace FineWebTorch.HubEmulator;

/// <summary>Branches, tags, pull requests.</summary>
internal static class RefRoutes
{
    public static async Task BranchAsync(Exchange exchange)
    {
        var repository = RepositoryRoutes.Writable(exchange);
        var name = exchange.Target.Segments[5];
        if (name.StartsWith("refs/", StringComparison.Ordinal))
            throw ApiException.BadRequest("Invalid branch name");
        var full = "refs/heads/" + name;
        if (exchange.Request.Method == "DELETE")
        {
            if (!repository.State.Refs.Remove(full))
                throw ApiException.NoRevision(name);
        }
        else
        {
            var body = exchange.Request.ContentLength > 0 ? await exchange.ReadJsonAsync().ConfigureAwait(false) : [];
            if (repository.State.Refs.ContainsKey(full) && body["overwrite"]?.GetValue<bool>() != true)
                throw new ApiException(409, null, "Reference already exists");
            repository.State.Refs[full] = repository.Require(body["startingPoint"]?.GetValue<string>() ?? "main").Id;
        }
        repository.Save();
        await exchange.EmptyAsync().ConfigureAwait(false);
    }

    public static async Task TagAsync(Exchange exchange)
    {
        var repository = RepositoryRoutes.Writable(exchange);
        var body = await exchange.ReadJsonAsync().ConfigureAwait(false);
        var name = "refs/tags/" + body["tag"]!.GetValue<string>();
        if (!repository.State.Refs.TryAdd(name, repository.Require(exchange.Target.Segments[5]).Id))
            throw new ApiException(409, null, "Tag already exists");
        repository.Save();
        await exchange.EmptyAsync().ConfigureAwait(false);
    }

    public static async Task SquashAsync(Exchange exchange)
    {
        var repository = RepositoryRoutes.Writable(exchange);
        var body = await exchange.ReadJsonAsync().ConfigureAwait(false);
        var head = repository.Require(exchange.Target.Segments[5]);
        var title = body["message"]?.GetValue<string>() ?? "Super-squash branch";
        var squashed = repository.Add(null, title, "", (commit, files) =>
        {
            foreach (var (path, entry) in head.Files)
                files[path] = entry with { LastCommit = commit };
        });
        repository.State.Refs["refs/heads/" + exchange.Target.Segments[5]] = squashed.Id;
        repository.Save();
        await exchange.EmptyAsync().ConfigureAwait(false);
    }

    public static async Task DiscussionsAsync(Exchange exchange)
    {
        var segments = exchange.Target.Segments;
        if (segments.Count == 7 && segments[6] == "merge")
        {
            var target = RepositoryRoutes.Writable(exchange);
            target.State.Refs["refs/heads/main"] = target.Require("refs/pr/" + segments[5]).Id;
            target.Save();
            await exchange.EmptyAsync().ConfigureAwait(false);
            return;
        }
        var repository = RepositoryRoutes.Writable(exchange, isProposal: true);
        var body = await exchange.ReadJsonAsync().ConfigureAwait(false);
        var number = Open(repository, body["title"]?.GetValue<string>() ?? "", repository.Require("main").Id);
        repository.Save();
        await exchange.JsonAsync(new JsonObject
        {
            ["num"] = number,
            ["title"] = body["title"]?.DeepClone(),
            ["isPullRequest"] = true,
            ["status"] = "draft",
        }).ConfigureAwait(false);
    }

    /// <returns>The number of the new pull request.</returns>
    public static int Open(Repository repository, string title, string commit)
    {
        repository.State.Discussions.Add(title);
        var number = repository.State.Discussions.Count;
        repository.State.Refs[$"refs/pr/{number}"] = commit;
        return number;
    }
}
