using FineWebTorch.Common;

namespace FineWebTorch.Hub;

/// <summary>Finds a model as <see cref="ModelLocator"/> does and downloads what is missing.</summary>
public static class ModelFetcher
{
    private static readonly string[] Needed =
    [
        "config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json",
        "vocab.txt",
    ];

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
        try
        {
            return (path.Repository, await fetcher.ResolveCommitAsync(path.Repository, path.Revision, cancellationToken)
                .ConfigureAwait(false));
        }
        catch (HubException failure) when (!HubPath.LooksLikeOne(name, client.Options.Endpoint))
        {
            throw failure.After($"model '{name}' is no folder here, and on the Hub");
        }
    }
}

/// <summary>A model folder on this machine.</summary>
/// <param name="Id">As the user named it.</param>
/// <param name="Revision">Commit of a Hub snapshot; null for any other folder.</param>
public sealed record LocatedModel(string Id, string? Revision, string Folder);

/// <summary>Finds a model named by folder or by repository id.</summary>
public static class ModelLocator
{
    /// <summary>The model of every command that names none.</summary>
    public const string DefaultModel = "HuggingFaceFW/fineweb-edu-classifier";

    /// <param name="name">A folder, or <c>owner/name[@revision]</c> to look for in the cache.</param>
    /// <exception cref="DirectoryNotFoundException">It is neither; the message says how to get it.</exception>
    public static LocatedModel Locate(string name, HubCache? cache = null)
    {
        if (Directory.Exists(name))
            return new LocatedModel(name, SnapshotCommit(name), Path.GetFullPath(name));
        cache ??= HubCache.Default;
        Demand(name, cache);
        if (!RepositoryId.TryParse(name, out var repository))
            throw new DirectoryNotFoundException(NoFolder(name));
        var folder = cache.FindModel(repository.Id, repository.Revision) ?? throw new DirectoryNotFoundException(
            $"model '{repository}' is not in the Hub cache ({cache.Folder}); fetch it with " +
            $"'hf download {repository.Id}" +
            $"{(repository.Revision is { } revision ? $" --revision {revision}" : "")}' or give --model a folder");
        return new LocatedModel(repository.Id, SnapshotCommit(folder), folder);
    }

    /// <summary>
    /// Refuses what is meant as a folder and is none, before anybody is asked: a name that is not of the form
    /// <c>owner/name</c>, or one whose first part is a folder here.
    /// </summary>
    /// <exception cref="DirectoryNotFoundException">It is one; the message says what may have been meant.</exception>
    public static void Demand(string name, HubCache? cache = null)
    {
        if (Directory.Exists(name) || HubPath.LooksLikeOne(name))
            return;
        if (File.Exists(name))
            throw new DirectoryNotFoundException($"model '{name}': this is a file; give the folder that it lies in");
        if (!RepositoryId.TryParse(name, out var repository))
            throw new DirectoryNotFoundException(NoFolder(name));
        var owner = repository.Id.Split('/')[0];
        if (Directory.Exists(owner) &&
            (cache ?? HubCache.Default).FindModel(repository.Id, repository.Revision) is null)
            throw new DirectoryNotFoundException(
                $"{NoFolder(name)} (the folder {owner} is here; {HubPath.Scheme}{name} means the Hub's)");
    }

    private static string NoFolder(string name)
    {
        var parent = Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(name));
        var siblings = new DirectoryInfo(parent is { Length: > 0 } ? parent : ".") is { Exists: true } folder
            ? folder.EnumerateDirectories().Select(sibling => sibling.Name)
            : [];
        var near = Typos.Near(Path.GetFileName(Path.TrimEndingDirectorySeparator(name)), siblings);
        return $"model '{name}': no such folder" + (near.Count == 0
            ? "; give --model a model folder, or owner/name for one on the Hub"
            : $"; did you mean {OptionText.Among([.. near.Select(sibling => Path.Join(parent, sibling))])}?");
    }

    private static string? SnapshotCommit(string folder)
    {
        var path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        var name = Path.GetFileName(path);
        var parent = Path.GetFileName(Path.GetDirectoryName(path));
        return parent == "snapshots" && HubCache.IsCommit(name) ? name : null;
    }
}
