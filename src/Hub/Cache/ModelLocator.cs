namespace FineWebTorch.Hub;

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
        if (!RepositoryId.TryParse(name, out var repository))
            throw new DirectoryNotFoundException($"model '{name}': no such folder; give --model a model folder");
        cache ??= HubCache.Default;
        var folder = cache.FindModel(repository.Id, repository.Revision) ?? throw new DirectoryNotFoundException(
            $"model '{repository}' is not in the Hub cache ({cache.Folder}); fetch it with " +
            $"'hf download {repository.Id}" +
            $"{(repository.Revision is { } revision ? $" --revision {revision}" : "")}' or give --model a folder");
        return new LocatedModel(repository.Id, SnapshotCommit(folder), folder);
    }

    private static string? SnapshotCommit(string folder)
    {
        var path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        var name = Path.GetFileName(path);
        var parent = Path.GetFileName(Path.GetDirectoryName(path));
        return parent == "snapshots" && name.Length == 40 && name.All(char.IsAsciiHexDigitLower) ? name : null;
    }
}
