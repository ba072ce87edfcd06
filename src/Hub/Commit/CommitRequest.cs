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

    /// <summary>Opens a pull request with this commit. Such a commit is sent once and never repeated.</summary>
    public bool CreatePullRequest { get; init; }
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
