using System.Text.Json.Nodes;
using System.Text.Json;
using System.Text;

namespace FineWebTorch.HubEmulator;

internal static class CommitRoutes
{
    public static async Task PreuploadAsync(Exchange exchange)
    {
        var repository = RepositoryRoutes.Writable(exchange, IsProposal(exchange));
        var body = await exchange.ReadJsonAsync().ConfigureAwait(false);
        var commit = repository.Require(exchange.Target.Segments[5]);
        var rules = new PathRules(
            repository.ReadText(commit, ".gitattributes"),
            body["gitIgnore"]?.GetValue<string>() ?? repository.ReadText(commit, ".gitignore"),
            exchange.State.Options.LargestPlainFile);
        var files = body["files"]!.AsArray().Select(file => Describe(file!.AsObject(), commit, rules));
        await exchange.JsonAsync(new JsonObject { ["files"] = new JsonArray([.. files]), ["commitOid"] = commit.Id })
            .ConfigureAwait(false);
    }

    public static async Task CommitAsync(Exchange exchange)
    {
        var opensPullRequest = exchange.Flag("create_pr");
        var repository = RepositoryRoutes.Writable(exchange, IsProposal(exchange));
        var change = await CommitBody.ReadAsync(exchange.Request.Body).ConfigureAwait(false);
        await repository.Gate.WaitAsync().ConfigureAwait(false);
        try
        {
            await exchange.JsonAsync(Apply(exchange, repository, change, opensPullRequest)).ConfigureAwait(false);
        }
        finally
        {
            repository.Gate.Release();
        }
    }

    private static JsonObject Apply(Exchange exchange, Repository repository, CommitBody change, bool opensPullRequest)
    {
        var revision = exchange.Target.Segments[5];
        var name = revision.StartsWith("refs/", StringComparison.Ordinal) ? revision : "refs/heads/" + revision;
        if (!repository.State.Refs.TryGetValue(name, out var head))
            throw ApiException.NoRevision(revision);
        if (repository.PullRequestOf(name) is { Status: Discussion.Closed or Discussion.Merged })
            throw new ApiException(403, null, "This pull request is closed");
        var parent = change.Parent is null ? repository.Require(head) : repository.Require(change.Parent);
        if (!opensPullRequest && parent.Id != head)
            throw new ApiException(412, null, "A commit has happened since. Please refresh and try again.");
        change.Check(repository, exchange.State.Options.LargestPlainFile);
        var commit = repository.Add(
            parent, change.Title, change.Description, (id, files) => change.Apply(repository, id, files));
        var url = $"{exchange.State.HubUrl}/{repository.WebPath}";
        var answer = new JsonObject
        {
            ["success"] = true,
            ["commitOid"] = commit.Id,
            ["commitUrl"] = $"{url}/commit/{commit.Id}",
            ["hookOutput"] = "",
        };
        if (opensPullRequest)
            answer["pullRequestUrl"] =
                $"{url}/discussions/{repository.Open(change.Title, name, commit.Id, Discussion.Open)}";
        else
            repository.State.Refs[name] = commit.Id;
        repository.Save();
        return answer;
    }

    /// <summary>Opens a pull request, or goes on with one.</summary>
    private static bool IsProposal(Exchange exchange) => exchange.Flag("create_pr") ||
        exchange.Target.Segments[5].StartsWith("refs/pr/", StringComparison.Ordinal);

    private static JsonObject Describe(JsonObject file, StoredCommit commit, PathRules rules)
    {
        var path = file["path"]!.GetValue<string>();
        var sample = Convert.FromBase64String(file["sample"]?.GetValue<string>() ?? "");
        var answer = new JsonObject
        {
            ["path"] = path,
            ["uploadMode"] = rules.IsLfs(path, file["size"]!.GetValue<long>(), sample) ? "lfs" : "regular",
            ["shouldIgnore"] = rules.IsIgnored(path),
        };
        if (commit.Files.TryGetValue(path, out var entry))
            answer["oid"] = entry.ContentId;
        return answer;
    }
}

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
