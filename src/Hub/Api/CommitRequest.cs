using System.Net.Http.Headers;
using System.Text.Json;

namespace FineWebTorch.Hub;

/// <summary>A commit to make.</summary>
public sealed record CommitRequest
{
    public required HubRepository Repository { get; init; }

    /// <summary>Branch, or <c>refs/pr/NUMBER</c>.</summary>
    public string Revision { get; init; } = "main";

    public required string Summary { get; init; }

    public string Description { get; init; } = "";

    public required IReadOnlyList<CommitOperation> Operations { get; init; }

    /// <summary>
    /// The commit is refused (412) when the branch has moved from here. Only for changes that depend on what was read:
    /// disjoint data files do without.
    /// </summary>
    public string? ParentCommit { get; init; }

    /// <summary>
    /// Opens a pull request with this commit. Without <see cref="PullRequestMark"/> it is sent once and never repeated.
    /// </summary>
    public bool CreatePullRequest { get; init; }

    /// <summary>
    /// Drawn at random and part of the description: by it the pull request is found again where the answer got lost.
    /// </summary>
    public string? PullRequestMark { get; init; }
}

/// <summary>A commit that is on the Hub.</summary>
/// <param name="Id">40 hex digits. Trust this one: what the Hub says of the branch may lag behind.</param>
/// <param name="Url">Its page.</param>
/// <param name="PullRequest">The number of the pull request that it opened; null for none.</param>
/// <param name="WasThere">It had landed before: the answer to it had been lost, or an earlier run had made it.</param>
public sealed record CommitResult(string Id, string Url, int? PullRequest, bool WasThere)
{
    /// <summary>Where further commits of the same publication go.</summary>
    public string? PullRequestRevision => PullRequest is { } number ? $"refs/pr/{number}" : null;
}

/// <summary>One change of a commit. Within a commit deletions come before additions.</summary>
/// <param name="Path">In the repository, without slashes around it.</param>
public abstract record CommitOperation(string Path)
{
    /// <summary>A file whose content travels in the commit itself; at most 10 MiB.</summary>
    public sealed record AddFile(string Path, byte[] Content) : CommitOperation(Path);

    /// <summary>A file whose content is in the repository's storage.</summary>
    /// <param name="Oid">sha256 of the content.</param>
    public sealed record AddLfsFile(string Path, string Oid, long Size) : CommitOperation(Path);

    public sealed record DeleteFile(string Path) : CommitOperation(Path);

    /// <summary>Everything below a folder.</summary>
    public sealed record DeleteFolder(string Path) : CommitOperation(Path);

    internal bool IsDeletion => this is DeleteFile or DeleteFolder;
}

/// <summary>A commit as the Hub reads it: one JSON object a line, the header first.</summary>
internal static class CommitBody
{
    public static HttpContent Write(CommitRequest request)
    {
        using var lines = new MemoryStream();
        WriteLine(lines, "header", new HeaderDto(request.Summary, request.Description, request.ParentCommit));
        foreach (var operation in request.Operations.OrderBy(operation => operation.IsDeletion ? 0 : 1))
            WriteOperation(lines, operation);
        var content = new ByteArrayContent(lines.ToArray());
        content.Headers.ContentType = new MediaTypeHeaderValue("application/x-ndjson");
        return content;
    }

    private static void WriteOperation(Stream lines, CommitOperation operation)
    {
        switch (operation)
        {
            case CommitOperation.AddFile add:
                WriteLine(lines, "file", new FileDto(add.Path, Convert.ToBase64String(add.Content), "base64"));
                break;
            case CommitOperation.AddLfsFile add:
                WriteLine(lines, "lfsFile", new LfsFileDto(add.Path, "sha256", add.Oid, add.Size));
                break;
            case CommitOperation.DeleteFolder delete:
                WriteLine(lines, "deletedFolder", new PathDto(delete.Path + "/"));
                break;
            default:
                WriteLine(lines, "deletedFile", new PathDto(operation.Path));
                break;
        }
    }

    private static void WriteLine<T>(Stream lines, string key, T value)
    {
        JsonSerializer.Serialize(lines, new LineDto<T>(key, value), HubJson.Options);
        lines.WriteByte((byte)'\n');
    }

    private sealed record LineDto<T>(string Key, T Value);

    private sealed record HeaderDto(string Summary, string Description, string? ParentCommit);

    private sealed record FileDto(string Path, string Content, string Encoding);

    private sealed record LfsFileDto(string Path, string Algo, string Oid, long Size);

    private sealed record PathDto(string Path);
}
