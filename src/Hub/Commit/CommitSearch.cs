namespace FineWebTorch.Hub;

/// <summary>What a look at the Hub said about a commit's changes.</summary>
/// <param name="Missing">Changes that are not there yet.</param>
/// <param name="Newest">The newest commit that touched what is there; null where the Hub did not say.</param>
public sealed record CommitSearch(IReadOnlyList<CommitOperation> Missing, HubCommit? Newest)
{
    /// <summary>Whether everything is there.</summary>
    public bool HasLanded => Missing.Count == 0;
}
