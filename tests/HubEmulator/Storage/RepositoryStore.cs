using System.Collections.Concurrent;
using System.IO.Enumeration;
using System.Text;

namespace FineWebTorch.HubEmulator;

/// <summary>All repositories, below <c>ROOT/repos/KIND/OWNER/NAME</c>.</summary>
public sealed class RepositoryStore(string root, TimeProvider time)
{
    private const string Attributes =
        "*.parquet filter=lfs diff=lfs merge=lfs -text\n*.safetensors filter=lfs diff=lfs merge=lfs -text\n" +
        "*.bin filter=lfs diff=lfs merge=lfs -text\n*.zip filter=lfs diff=lfs merge=lfs -text\n";

    private readonly ConcurrentDictionary<string, Repository> _loaded = new();
    private readonly ConcurrentDictionary<string, string> _moved = new();

    /// <summary>Where bytes are kept while they arrive.</summary>
    public string UploadFolder => Directory.CreateDirectory(Path.Combine(root, "uploads")).FullName;

    internal IEnumerable<Repository> Loaded => _loaded.Values;

    public Repository? Find(string kind, string id)
    {
        if (id.Split('/').Any(part => part is "" or "." or ".."))
            return null;
        var key = $"{kind}/{id}";
        if (_loaded.TryGetValue(key, out var known))
            return known;
        var loaded = Repository.TryLoad(Folder(kind, id), kind, id, time);
        return loaded is null ? null : _loaded.GetOrAdd(key, loaded);
    }

    /// <summary>The new id of a repository that was moved.</summary>
    public string? FindMoved(string kind, string id) => _moved.GetValueOrDefault($"{kind}/{id}");

    /// <returns>Null where it exists.</returns>
    public Repository? Create(string kind, string id, bool isPrivate)
    {
        lock (_loaded)
        {
            if (Find(kind, id) is not null)
                return null;
            var repository = new Repository(Folder(kind, id), kind, id, time);
            repository.State.Private = isPrivate;
            repository.State.Refs["refs/heads/main"] = repository.Add(null, "initial commit", "", (commit, files) =>
                files[".gitattributes"] = repository.AddBlob(Encoding.ASCII.GetBytes(Attributes), commit)).Id;
            repository.Save();
            _loaded[$"{kind}/{id}"] = repository;
            return repository;
        }
    }

    public void Delete(Repository repository)
    {
        _loaded.TryRemove($"{repository.Kind}/{repository.Id}", out _);
        Directory.Delete(Folder(repository.Kind, repository.Id), recursive: true);
    }

    public void Move(Repository repository, string newId)
    {
        _loaded.TryRemove($"{repository.Kind}/{repository.Id}", out _);
        Directory.CreateDirectory(Path.GetDirectoryName(Folder(repository.Kind, newId))!);
        Directory.Move(Folder(repository.Kind, repository.Id), Folder(repository.Kind, newId));
        _moved[$"{repository.Kind}/{repository.Id}"] = newId;
    }

    private string Folder(string kind, string id) => Path.Combine([root, "repos", kind, .. id.Split('/')]);
}

/// <summary>What <c>.gitattributes</c> and <c>.gitignore</c> say of a path, as far as simple patterns go.</summary>
internal sealed class PathRules(string? attributes, string? ignored, long largestPlainFile)
{
    private readonly List<string> _lfs = [.. Lines(attributes)
        .Where(line => line.Contains("filter=lfs", StringComparison.Ordinal)).Select(line => line.Split(' ')[0])];

    private readonly List<string> _ignored = [.. Lines(ignored)];

    public bool IsLfs(string path, long size, byte[] sample) =>
        size > largestPlainFile || sample.Contains((byte)0) || _lfs.Exists(pattern => Fits(pattern, path));

    public bool IsIgnored(string path) => _ignored.Exists(pattern => Fits(pattern, path));

    private static bool Fits(string pattern, string path) =>
        FileSystemName.MatchesSimpleExpression(
            pattern, pattern.Contains('/', StringComparison.Ordinal) ? path : Path.GetFileName(path));

    private static IEnumerable<string> Lines(string? text) =>
        (text ?? "").Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Where(line => !line.StartsWith('#'));
}
