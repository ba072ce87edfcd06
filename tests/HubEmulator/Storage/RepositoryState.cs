namespace FineWebTorch.HubEmulator;

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

    /// <summary>Titles of pull requests and discussions, the first one's number being 1.</summary>
    public List<string> Discussions { get; init; } = [];
}
