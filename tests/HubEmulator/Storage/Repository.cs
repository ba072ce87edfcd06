using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace FineWebTorch.HubEmulator;

/// <summary>A repository in a folder of its own: state, commits, plain blobs, LFS objects.</summary>
/// <param name="kind"><c>models</c>, <c>datasets</c> or <c>spaces</c>.</param>
public sealed class Repository(string folder, string kind, string id, TimeProvider time)
{
    private readonly ConcurrentDictionary<string, StoredCommit> _commits = new();

    public string Kind => kind;

    public string Id => id;

    /// <summary>In the address of pages and files.</summary>
    public string WebPath => kind == "models" ? id : $"{kind}/{id}";

    public RepositoryState State { get; private set; } = new() { ObjectId = NewId()[..24], Created = time.GetUtcNow() };

    /// <summary>Held while refs change.</summary>
    internal SemaphoreSlim Gate { get; } = new(1);

    public string LfsFile(string oid) => Path.Combine(folder, "lfs", oid);

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
