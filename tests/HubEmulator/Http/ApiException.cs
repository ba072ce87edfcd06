namespace FineWebTorch.HubEmulator;

/// <summary>An answer that is an error of the Hub's API.</summary>
public sealed class ApiException(int status, string? code, string message) : Exception(message)
{
    public int Status { get; } = status;

    public string? Code { get; } = code;

    /// <summary>Of a file that a commit lacks.</summary>
    public string? Commit { get; init; }

    public static ApiException NoRepository() => new(401, "RepoNotFound", "Invalid username or password.");

    public static ApiException NoRevision(string revision) =>
        new(404, "RevisionNotFound", $"Invalid rev id: {revision}");

    public static ApiException NoEntry(string path, string revision, string? commit = null) =>
        new(404, "EntryNotFound", $"{path} does not exist on \"{revision}\"") { Commit = commit };

    public static ApiException BadRequest(string message) => new(400, null, message);
}
