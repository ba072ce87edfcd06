using FineWebTorch.Common;

namespace FineWebTorch.Hub;

/// <summary>
/// The cache that Hugging Face's tools share: <c>datasets--owner--name/{refs,blobs,snapshots,.no_exist}</c> below the
/// cache folder. This part only looks; nothing here uses the network.
/// </summary>
public sealed class HubCache
{
    private const string DefaultRevision = "main";

    private readonly HubEnvironment _environment;
    private readonly Lazy<bool> _symlinks;

    public HubCache(HubEnvironment environment)
        : this(environment, static (path, target) => File.CreateSymbolicLink(path, target))
    {
    }

    /// <param name="environment">Reads an environment variable; null where it is not set.</param>
    public HubCache(Func<string, string?> environment)
        : this(new HubEnvironment(environment))
    {
    }

    /// <param name="createLink">Makes a symbolic link at a path to a target.</param>
    internal HubCache(HubEnvironment environment, Action<string, string> createLink)
    {
        _environment = environment;
        _symlinks = new Lazy<bool>(() => environment.Symlinks && AllowsLinks(createLink));
    }

    /// <summary>The cache of this process's environment.</summary>
    public static HubCache Default { get; } = new(HubEnvironment.Process);

    /// <summary>
    /// <c>HF_HUB_CACHE</c>, else <c>hub</c> below <c>HF_HOME</c>, else below the user's cache folder.
    /// </summary>
    public string Folder => _environment.CacheFolder;

    /// <summary>
    /// Whether snapshots link to blobs. Where the environment forbids it, or the system or its disk refuses (Windows
    /// grants it to few), snapshots hold the files themselves. Asked once.
    /// </summary>
    internal bool Symlinks => _symlinks.Value;

    /// <summary>A cache in a folder of its own, whatever the environment says.</summary>
    public static HubCache In(string folder) => new(name => name == "HF_HUB_CACHE" ? folder : null);

    /// <summary>The snapshot folder of a model that has been downloaded before.</summary>
    /// <param name="repositoryId"><c>owner/name</c>.</param>
    /// <param name="revision">Branch, tag or commit; <c>main</c> when null.</param>
    /// <returns>Null where the cache does not hold it.</returns>
    public string? FindModel(string repositoryId, string? revision = null) =>
        FindSnapshot(HubRepository.Model(repositoryId), revision);

    /// <summary>
    /// As <see cref="FindModel"/>, for any repository. The snapshot may lack files nobody has asked for.
    /// </summary>
    public string? FindSnapshot(HubRepository repository, string? revision = null)
    {
        var snapshot = FindCommit(repository, revision) is { } commit ? SnapshotFolder(repository, commit) : null;
        return Directory.Exists(snapshot) ? snapshot : null;
    }

    /// <summary>The commit that a revision stood for when it was last looked up; a commit stands for itself.</summary>
    public string? FindCommit(HubRepository repository, string? revision = null)
    {
        revision ??= DefaultRevision;
        var reference = ReferenceFile(repository, revision);
        var commit = File.Exists(reference) ? File.ReadAllText(reference).Trim() : revision;
        return IsCommit(commit) || Directory.Exists(SnapshotFolder(repository, commit)) ? commit : null;
    }

    /// <summary>A file's path in the cache; null where it is not there.</summary>
    public string? FindFile(HubRepository repository, string? revision, string path)
    {
        if (FindCommit(repository, revision) is not { } commit)
            return null;
        var file = SnapshotFile(repository, commit, path);
        return File.Exists(file) ? file : null;
    }

    /// <summary>Whether the Hub has said before that this commit has no such file.</summary>
    public bool IsKnownAbsent(HubRepository repository, string? revision, string path) =>
        FindCommit(repository, revision) is { } commit && File.Exists(AbsenceFile(repository, commit, path));

    internal static bool IsCommit(string text) => text.Length == 40 && text.All(char.IsAsciiHexDigitLower);

    internal string RepositoryFolder(HubRepository repository) => Path.Combine(Folder, repository.CacheFolder);

    internal string SnapshotFolder(HubRepository repository, string commit) =>
        Path.Combine(RepositoryFolder(repository), "snapshots", commit);

    internal string SnapshotFile(HubRepository repository, string commit, string path) =>
        ForeignPath.Combine(SnapshotFolder(repository, commit), path);

    internal string BlobFile(HubRepository repository, string etag) =>
        Path.Combine(RepositoryFolder(repository), "blobs", etag);

    internal string LockFile(HubRepository repository, string etag) =>
        Path.Combine(Folder, ".locks", repository.CacheFolder, etag + ".lock");

    internal string AbsenceFile(HubRepository repository, string commit, string path) =>
        ForeignPath.Combine(Path.Combine(RepositoryFolder(repository), ".no_exist", commit), path);

    internal string ReferenceFile(HubRepository repository, string revision) =>
        ForeignPath.Combine(Path.Combine(RepositoryFolder(repository), "refs"), revision);

    private bool AllowsLinks(Action<string, string> createLink)
    {
        Directory.CreateDirectory(Folder);
        var probe = Path.Combine(Folder, $".link-{Path.GetRandomFileName()}");
        try
        {
            createLink(probe, "blobs");
            return true;
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException
            or PlatformNotSupportedException)
        {
            return false;
        }
        finally
        {
            File.Delete(probe);
        }
    }
}
