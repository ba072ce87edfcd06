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
        var fetcher = new HubFetcher(client, downloader);
        var (repository, commit) = await ResolveAsync(name, fetcher, client, cancellationToken).ConfigureAwait(false);
        var folder = client.Options.Offline
            ? downloader.Cache.FindSnapshot(repository, commit) ?? throw new HubException(
                HubErrorKind.Offline,
                $"model {repository} at {commit} is not in the Hub cache and HF_HUB_OFFLINE is set")
            : await fetcher.FetchSnapshotAsync(repository, commit, file => IsNeeded(file.Path), cancellationToken)
                .ConfigureAwait(false);
        return new LocatedModel(repository.Id, commit, folder);
    }

    /// <summary>Bytes that <see cref="FetchAsync"/> would download; nothing is.</summary>
    public static async Task<long> MeasureAsync(
        string name, HubClient client, HubDownloader downloader, CancellationToken cancellationToken = default)
    {
        if (Directory.Exists(name))
            return 0;
        var fetcher = new HubFetcher(client, downloader);
        var (repository, commit) = await ResolveAsync(name, fetcher, client, cancellationToken).ConfigureAwait(false);
        if (client.Options.Offline)
            return 0;
        var files = await client.ListAsync(repository, commit, cancellationToken: cancellationToken)
            .Where(file => !file.IsFolder && IsNeeded(file.Path) &&
                downloader.Cache.FindFile(repository, commit, file.Path) is null)
            .ToListAsync(cancellationToken).ConfigureAwait(false);
        return files.Sum(file => file.Size);
    }

    private static async Task<(HubRepository Repository, string Commit)> ResolveAsync(
        string name, HubFetcher fetcher, HubClient client, CancellationToken cancellationToken)
    {
        var path = HubPath.ParseRepository(name, RepositoryKind.Model, client.Options.Endpoint);
        if (path.Repository.Kind != RepositoryKind.Model)
            throw new HubPathException(name, "it is no model");
        return (path.Repository, await fetcher.ResolveCommitAsync(path.Repository, path.Revision, cancellationToken)
            .ConfigureAwait(false));
    }
}
