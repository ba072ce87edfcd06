namespace FineWebTorch.HubEmulator;

/// <summary>Branches and tags.</summary>
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
}
