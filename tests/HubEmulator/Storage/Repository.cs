using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text;

namespace FineWebTorch.HubEmulator;

/// <summary>A repository in a folder of its own: state, commits, plain blobs, LFS objects.</summary>
/// <param name="kind"><c>models</c>, <c>datasets</c> or <c>spaces</c>.</param>
public sealed class Repository(string folder, string kind, string id, TimeProvider time)
{
    private const string PullRequests = "refs/pr/";

    private readonly ConcurrentDictionary<string, StoredCommit> _commits = new();

    public string Kind => kind;

    public string Id => id;

    /// <summary>In the address of pages and files.</summary>
    public string WebPath => kind == "models" ? id : $"{kind}/{id}";

    public RepositoryState State { get; private set; } = new() { ObjectId = NewId()[..24], Created = time.GetUtcNow() };

    /// <summary>Held while refs change.</summary>
    internal SemaphoreSlim Gate { get; } = new(1);

    public string LfsFile(string oid) => Path.Combine(folder, "lfs", oid);

    /// <summary>All that are in the storage, each by its digest.</summary>
    internal IEnumerable<FileInfo> Objects => new DirectoryInfo(Path.Combine(folder, "lfs")) is { Exists: true } lfs
        ? lfs.EnumerateFiles()
        : [];

    public string BlobFile(string oid) => Path.Combine(folder, "blobs", oid);

    public string ContentFile(TreeEntry entry) => entry.Sha256 is { } oid ? LfsFile(oid) : BlobFile(entry.Oid);

    /// <summary>The commit of a branch, tag, special ref, commit id or beginning of one.</summary>
    public StoredCommit? Find(string revision)
    {
        string[] names = [revision, "refs/heads/" + revision, "refs/tags/" + revision];
        var head = revision == "HEAD" ? "refs/heads/main" : names.FirstOrDefault(State.Refs.ContainsKey);
        if (head is not null)
            return State.Refs.TryGetValue(head, out var commit) ? Load(commit) : null;
        if (revision.Length is < 5 or > 40 || !revision.All(char.IsAsciiHexDigitLower))
            return null;
        var file = Directory.EnumerateFiles(Path.Combine(folder, "commits"), revision + "*.json").FirstOrDefault();
        return file is null ? null : Load(Path.GetFileNameWithoutExtension(file));
    }

    public StoredCommit Require(string revision) => Find(revision) ?? throw ApiException.NoRevision(revision);

    /// <summary>Newest first.</summary>
    public IEnumerable<StoredCommit> History(StoredCommit commit)
    {
        for (var current = commit; ; current = Load(current.Parent))
        {
            yield return current;
            if (current.Parent is null)
                yield break;
        }
    }

    /// <summary>Digests of the objects that commits of some ref name.</summary>
    internal HashSet<string> NamedObjects() => [.. State.Refs.Values.ToList().SelectMany(head => History(Load(head)))
        .DistinctBy(commit => commit.Id).SelectMany(commit => commit.Files.Values)
        .Select(entry => entry.Sha256).OfType<string>()];

    /// <summary>Takes an object that has arrived whole into the storage.</summary>
    internal void Keep(string path, string oid)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(LfsFile(oid))!);
        File.SetLastWriteTimeUtc(path, time.GetUtcNow().UtcDateTime);
        File.Move(path, LfsFile(oid), overwrite: true);
    }

    public StoredCommit Add(
        StoredCommit? parent, string title, string description,
        Action<string, SortedDictionary<string, TreeEntry>> change)
    {
        var files = parent is null ? [] : new SortedDictionary<string, TreeEntry>(parent.Files, StringComparer.Ordinal);
        var id = NewId();
        change(id, files);
        var commit = new StoredCommit(id, parent?.Id, title, description, time.GetUtcNow(), files);
        Directory.CreateDirectory(Path.Combine(folder, "commits"));
        File.WriteAllBytes(Path.Combine(folder, "commits", id + ".json"), JsonSerializer.SerializeToUtf8Bytes(commit));
        _commits[id] = commit;
        return commit;
    }

    public TreeEntry AddBlob(byte[] content, string commit)
    {
        var oid = TreeEntry.BlobId(content);
        Directory.CreateDirectory(Path.Combine(folder, "blobs"));
        File.WriteAllBytes(BlobFile(oid), content);
        return new TreeEntry(oid, content.Length, null, commit);
    }

    /// <returns>The number of the new discussion.</returns>
    public int Open(string title)
    {
        State.Discussions.Add(new Discussion(title, null, time.GetUtcNow()) { Status = Discussion.Open });
        return State.Discussions.Count;
    }

    /// <param name="branch">Full name of the one that it is for.</param>
    /// <param name="commit">The first of its ref.</param>
    /// <param name="status">Open or draft.</param>
    /// <returns>The number of the new pull request.</returns>
    public int Open(string title, string branch, string commit, string status)
    {
        State.Discussions.Add(new Discussion(title, branch, time.GetUtcNow()) { Status = status });
        State.Refs[$"refs/pr/{State.Discussions.Count}"] = commit;
        return State.Discussions.Count;
    }

    /// <summary>The pull request that has a ref; null for other refs.</summary>
    public Discussion? PullRequestOf(string revision) =>
        revision.StartsWith(PullRequests, StringComparison.Ordinal) &&
        int.TryParse(revision[PullRequests.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? State.Discussions.ElementAtOrDefault(number - 1)
            : null;

    public string? ReadText(StoredCommit commit, string path) =>
        commit.Files.TryGetValue(path, out var entry) ? File.ReadAllText(ContentFile(entry)) : null;

    public void Save()
    {
        Directory.CreateDirectory(folder);
        var temporary = Path.Combine(folder, "repo.json.tmp");
        File.WriteAllBytes(temporary, JsonSerializer.SerializeToUtf8Bytes(State));
        File.Move(temporary, Path.Combine(folder, "repo.json"), overwrite: true);
    }

    internal static Repository? TryLoad(string folder, string kind, string id, TimeProvider time)
    {
        var file = Path.Combine(folder, "repo.json");
        if (!File.Exists(file))
            return null;
        return new Repository(folder, kind, id, time)
        {
            State = JsonSerializer.Deserialize<RepositoryState>(File.ReadAllBytes(file))!,
        };
    }

    private StoredCommit Load(string? commit) => _commits.GetOrAdd(commit!, one =>
        JsonSerializer.Deserialize<StoredCommit>(File.ReadAllBytes(Path.Combine(folder, "commits", one + ".json")))!);

    private static string NewId() => Convert.ToHexStringLower(CryptographicOperations.HashData(
        HashAlgorithmName.SHA1, Encoding.ASCII.GetBytes(Guid.NewGuid().ToString())));
}

/// <summary>What changes about a repository, as it is kept in its <c>repo.json</c>.</summary>
public sealed record RepositoryState
{
    public required string ObjectId { get; init; }

    public required DateTimeOffset Created { get; init; }

    public bool Private { get; set; }

    /// <summary><c>auto</c> or <c>manual</c> where terms have to be accepted.</summary>
    public string? Gated { get; set; }

    /// <summary>Whether the owner of the token has accepted them.</summary>
    public bool TermsAccepted { get; set; }

    public bool Disabled { get; set; }

    /// <summary>Full names, such as <c>refs/heads/main</c>, to commits.</summary>
    public SortedDictionary<string, string> Refs { get; init; } = new(StringComparer.Ordinal);

    /// <summary>With pull requests, the first one's number being 1.</summary>
    public List<Discussion> Discussions { get; init; } = [];
}

/// <summary>A commit with all of its files.</summary>
public sealed record StoredCommit(
    string Id, string? Parent, string Title, string Description, DateTimeOffset Date,
    SortedDictionary<string, TreeEntry> Files);

/// <summary>A file of a commit.</summary>
/// <param name="Oid">Git's blob id: of the content, or of the pointer of an LFS file.</param>
/// <param name="Size">Of the content.</param>
/// <param name="Sha256">Null for a plain file.</param>
/// <param name="LastCommit">The commit that put it there.</param>
public sealed record TreeEntry(string Oid, long Size, string? Sha256, string LastCommit)
{
    /// <summary>As it is named in ETags.</summary>
    public string ContentId => Sha256 ?? Oid;

    public static TreeEntry OfLfs(string sha256, long size, string commit) =>
        new(BlobId(PointerText(sha256, size)), size, sha256, commit);

    public static byte[] PointerText(string sha256, long size) => Encoding.ASCII.GetBytes(string.Create(
        CultureInfo.InvariantCulture,
        $"version https://git-lfs.github.com/spec/v1\noid sha256:{sha256}\nsize {size}\n"));

    public static string BlobId(byte[] content) => Convert.ToHexStringLower(CryptographicOperations.HashData(
        HashAlgorithmName.SHA1,
        [.. Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"blob {content.Length}\0")),
            .. content]));
}
