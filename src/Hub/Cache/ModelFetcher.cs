namespace FineWebTorch.Hub;

/// <summary>Finds a model as <see cref="ModelLocator"/> does and downloads what is missing.</summary>
public static class ModelFetcher
{
    private static readonly string[] Needed =
        ["config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "vocab.txt"];

    /// <summary>
    /// Which files of a model repository this program reads. Other frameworks' weights are not among them.
    /// </summary>
    public static bool IsNeeded(string path) => Needed.Contains(path) ||
        (!path.Contains('/', StringComparison.Ordinal) &&
            (path.EndsWith(".safetensors", StringComparison.Ordinal) ||
                path.EndsWith(".safetensors.index.json", StringComparison.Ordinal)));

    /// <param name="name">
    /// A folder, <c>owner/name[@revision]</c>, an <c>hf://</c> path or the address of the model's page.
    /// </param>
    /// <returns>Pinned to a commit, unless it is a folder.</returns>
    public static async Task<LocatedModel> FetchAsync(
        string name, HubClient client, HubDownloader downloader, CancellationToken cancellationToken = default)
    {
        if (Directory.Exists(name))
            return ModelLocator.Locate(name, downloader.Cache);
        var path = HubPath.ParseRepository(name, RepositoryKind.Model, client.Options.Endpoint);
        if (path.Repository.Kind != RepositoryKind.Model)
            throw new HubPathException(name, "it is no model");
        var fetcher = new HubFetcher(client, downloader);
        var commit = await fetcher.ResolveCommitAsync(path.Repository, path.Revision, cancellationToken)
            .ConfigureAwait(false);
        var folder = client.Options.Offline
            ? downloader.Cache.FindSnapshot(path.Repository, commit) ?? throw new HubException(
                HubErrorKind.Offline,
                $"model {path.Repository} at {commit} is not in the Hub cache and HF_HUB_OFFLINE is set")
            : await fetcher.FetchSnapshotAsync(path.Repository, commit, file => IsNeeded(file.Path), cancellationToken)
                .ConfigureAwait(false);
        return new LocatedModel(path.Repository.Id, commit, folder);
    }
}
