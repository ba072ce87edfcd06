using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace FineWebTorch.HubEmulator;

/// <summary>A commit as clients send it: one JSON object a line.</summary>
internal sealed class CommitBody
{
    private readonly List<(string Path, byte[] Content)> _files = [];
    private readonly List<(string Path, string Oid, long? Size)> _lfsFiles = [];
    private readonly List<string> _deletions = [];

    public string Title { get; private set; } = "";

    public string Description { get; private set; } = "";

    public string? Parent { get; private set; }

    public static async Task<CommitBody> ReadAsync(Stream body)
    {
        using var reader = new StreamReader(body, Encoding.UTF8);
        var change = new CommitBody();
        while (await reader.ReadLineAsync().ConfigureAwait(false) is { } line)
        {
            if (line.Length > 0)
                change.Read(line);
        }
        return change.Title.Length > 0 ? change : throw ApiException.BadRequest("Commit summary is required");
    }

    /// <exception cref="ApiException">
    /// An object is not in the repository's storage, or a plain file is too large.
    /// </exception>
    public void Check(Repository repository, long largestPlainFile)
    {
        foreach (var (path, oid, size) in _lfsFiles)
        {
            var file = new FileInfo(repository.LfsFile(oid));
            if (!file.Exists || (size is { } said && said != file.Length))
                throw ApiException.BadRequest(
                    "Your push was rejected because an LFS pointer pointed to a file that does not exist. " +
                    $"Offending file: - {path}");
        }
        if (_files.Find(file => file.Content.Length > largestPlainFile) is { Path: { } large })
            throw ApiException.BadRequest($"File {large} is too large to be a plain file");
    }

    public void Apply(Repository repository, string commit, SortedDictionary<string, TreeEntry> files)
    {
        foreach (var deletion in _deletions)
        {
            var matches = deletion.EndsWith('/')
                ? files.Keys.Where(path => path.StartsWith(deletion, StringComparison.Ordinal)).ToList() : [deletion];
            if (!matches.All(files.Remove) || matches.Count == 0)
                throw ApiException.NoEntry(deletion, "main");
        }
        foreach (var (path, content) in _files)
            Put(files, path, repository.AddBlob(content, commit));
        foreach (var (path, oid, _) in _lfsFiles)
            Put(files, path, TreeEntry.OfLfs(oid, new FileInfo(repository.LfsFile(oid)).Length, commit));
    }

    /// <summary>A file that did not change keeps the commit that touched it last.</summary>
    private static void Put(SortedDictionary<string, TreeEntry> files, string path, TreeEntry entry)
    {
        if (!files.TryGetValue(path, out var old) || old.ContentId != entry.ContentId)
            files[path] = entry;
    }

    private void Read(string line)
    {
        JsonNode node;
        try
        {
            node = JsonNode.Parse(line)!;
        }
        catch (JsonException)
        {
            throw ApiException.BadRequest("Invalid NDJSON");
        }
        var value = node["value"]!;
        string Text(string name) => value[name]?.GetValue<string>() ?? "";
        switch (node["key"]?.GetValue<string>())
        {
            case "header":
                (Title, Description, Parent) =
                    (Text("summary"), Text("description"), value["parentCommit"]?.GetValue<string>());
                break;
            case "file":
                _files.Add((Text("path"), Text("encoding") == "base64"
                    ? Convert.FromBase64String(Text("content")) : Encoding.UTF8.GetBytes(Text("content"))));
                break;
            case "lfsFile":
                _lfsFiles.Add((Text("path"), Text("oid"), value["size"]?.GetValue<long>()));
                break;
            case "deletedFile":
                _deletions.Add(Text("path"));
                break;
            case "deletedFolder":
                _deletions.Add(Text("path").TrimEnd('/') + "/");
                break;
            default:
                throw ApiException.BadRequest("Unknown operation");
        }
    }
}
