namespace FineWebTorch.Coordinator.Ledger;

/// <summary>That a run's shards have been published.</summary>
/// <param name="Content">A digest over names and digests of the shards.</param>
/// <param name="Commits">Pages of the commits; null: a pull request is being opened, or has been.</param>
internal sealed record PublicationRecord(string Content, IReadOnlyList<string>? Commits);
