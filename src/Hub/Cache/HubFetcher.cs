namespace FineWebTorch.Hub;

/// <summary>Reads files of the Hub by way of the cache, as the official tools do.</summary>
public sealed class HubFetcher(HubClient client, HubDownloader downloader)
{
    private readonly HubCache _cache = downloader.Cache;
    private readonly HubCacheWriter _writer = new(downloader.Cache);

    /// <summary>
    /// The commit that a revision stands for: asked once and noted in the cache, taken from there when offline or when
    /// the Hub cannot be reached.
    /// </summary>
    public async Task<string> ResolveCommitAsync(
        HubRepository repository, string? revision = null, CancellationToken cancellationToken = default)
    {
        if (revision is not null && HubCache.IsCommit(revision))
            return revision;
        if (client.Options.Offline)
            return _cache.FindCommit(repository, revision) ?? throw NotCached(repository, revision, "");
        try
        {
            var info = await client.GetInfoAsync(repository, revision, cancellationToken).ConfigureAwait(false);
            _writer.WriteReference(repository, revision ?? "main", info.Commit);
            return info.Commit;
        }
        catch (HubException exception) when (
            MayFallBack(exception) && _cache.FindCommit(repository, revision) is not null)
        {
            HubLog.FallingBack(client.Transport.Logger, exception.Message);
            return _cache.FindCommit(repository, revision)!;
        }
    }

    /// <summary>
    /// A file's path in the cache, fetched if need be. With a commit for revision and the file there: no request.
    /// </summary>
    public async Task<string> FetchAsync(
        HubRepository repository, string? revision, string path, CancellationToken cancellationToken = default)
    {
        var isCommit = revision is not null && HubCache.IsCommit(revision);
        var cached = _cache.FindFile(repository, revision, path);
        if (cached is not null && (isCommit || client.Options.Offline))
            return cached;
        if (client.Options.Offline)
            throw NotCached(repository, revision, path);
        if (isCommit && _cache.IsKnownAbsent(repository, revision, path))
            throw new HubException(
                HubErrorKind.EntryNotFound, $"{repository}/{path}: commit {revision} has no such file");
        try
        {
            return await FetchNowAsync(repository, revision ?? "main", path, cancellationToken).ConfigureAwait(false);
        }
        catch (HubException exception) when (cached is not null && MayFallBack(exception))
        {
            HubLog.FallingBack(client.Transport.Logger, exception.Message);
            return cached;
        }
    }

    /// <summary>Fetches a file to <paramref name="localPath"/>, past the cache.</summary>
    public async Task FetchToAsync(
        HubRepository repository, string commit, string path, string localPath,
        CancellationToken cancellationToken = default)
    {
        var resolved = await client.ResolveAsync(repository, commit, path, cancellationToken).ConfigureAwait(false);
        using var reader = client.OpenReader(resolved);
        await downloader.SaveAsync(reader, localPath, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Fetches the chosen files of a commit, a few at a time.</summary>
    /// <returns>The snapshot folder.</returns>
    public async Task<string> FetchSnapshotAsync(
        HubRepository repository, string commit, Func<HubFile, bool> choose,
        CancellationToken cancellationToken = default)
    {
        var files = await client.ListAsync(repository, commit, cancellationToken: cancellationToken)
            .Where(file => !file.IsFolder && choose(file)).ToListAsync(cancellationToken).ConfigureAwait(false);
        await Parallel.ForEachAsync(
            files, new ParallelOptions { MaxDegreeOfParallelism = 4, CancellationToken = cancellationToken },
            async (file, token) => await FetchAsync(repository, commit, file.Path, token).ConfigureAwait(false))
            .ConfigureAwait(false);
        return _cache.SnapshotFolder(repository, commit);
    }

    private async Task<string> FetchNowAsync(
        HubRepository repository, string revision, string path, CancellationToken cancellationToken)
    {
        try
        {
            var resolved = await client.ResolveAsync(repository, revision, path, cancellationToken)
                .ConfigureAwait(false);
            _writer.WriteReference(repository, revision, resolved.File.Commit);
            using var reader = client.OpenReader(resolved);
            return await downloader.StoreAsync(reader, cancellationToken).ConfigureAwait(false);
        }
        catch (HubException exception) when (exception is { Kind: HubErrorKind.EntryNotFound, Commit: { } commit }
            && HubCache.IsCommit(commit))
        {
            _writer.WriteAbsence(repository, commit, path);
            throw;
        }
    }

    /// <summary>Where the Hub says that something does not exist, an old copy would hide it.</summary>
    private static bool MayFallBack(HubException exception) => exception.Kind is HubErrorKind.Unreachable
        or HubErrorKind.TimedOut or HubErrorKind.ServerError or HubErrorKind.RateLimited
        or HubErrorKind.Unauthorized or HubErrorKind.Forbidden or HubErrorKind.Gated;

    private HubException NotCached(HubRepository repository, string? revision, string path) => new(
        HubErrorKind.Offline,
        $"{repository}{(revision is null ? "" : "@" + revision)}{(path.Length == 0 ? "" : "/" + path)} is not in the " +
        $"Hub cache ({_cache.Folder}) and HF_HUB_OFFLINE is set; unset it once to fetch it")
    {
        Repository = repository,
    };
}
