namespace FineWebTorch.Hub;

/// <summary>
/// The cache that Hugging Face's tools share: <c>models--owner--name/{refs,snapshots,blobs}</c> below the cache folder.
/// </summary>
/// <param name="environment">Reads an environment variable; null where it is not set.</param>
public sealed class HubCache(Func<string, string?> environment)
{
    /// <summary>The cache of this process's environment.</summary>
    public static HubCache Default { get; } = new(Environment.GetEnvironmentVariable);

    /// <summary><c>HF_HUB_CACHE</c>, else <c>hub</c> below <c>HF_HOME</c>, else below the user's cache folder.</summary>
    public string Folder => Expand(Value("HF_HUB_CACHE") ?? Value("HUGGINGFACE_HUB_CACHE") ?? Path.Combine(Home, "hub"));

    private string Home => Value("HF_HOME") ?? Path.Combine(Value("XDG_CACHE_HOME") ?? "~/.cache", "huggingface");

    /// <summary>The snapshot folder of a model that has been downloaded before.</summary>
    /// <param name="repositoryId"><c>owner/name</c>.</param>
    /// <param name="revision">Branch, tag or commit; <c>main</c> when null.</param>
    /// <returns>Null where the cache does not hold it.</returns>
    public string? FindModel(string repositoryId, string? revision = null)
    {
        var repository = Path.Combine(Folder, "models--" + repositoryId.Replace("/", "--", StringComparison.Ordinal));
        revision ??= "main";
        var reference = Path.Combine([repository, "refs", .. revision.Split('/')]);
        var commit = File.Exists(reference) ? File.ReadAllText(reference).Trim() : revision;
        var snapshot = Path.Combine(repository, "snapshots", commit);
        return commit.Length > 0 && Directory.Exists(snapshot) ? snapshot : null;
    }

    private string? Value(string name) => environment(name) is { Length: > 0 } value ? value : null;

    private string Expand(string path)
    {
        if (path == "~" || path.StartsWith("~/", StringComparison.Ordinal))
            path = (Value("HOME") ?? Environment.GetFolderPath(Environment.SpecialFolder.UserProfile)) + path[1..];
        return Path.GetFullPath(path);
    }
}
