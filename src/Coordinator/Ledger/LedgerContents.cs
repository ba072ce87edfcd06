namespace FineWebTorch.Coordinator.Ledger;

/// <summary>All of a ledger but the scores of complete windows.</summary>
internal sealed record LedgerContents(
    RunRecord Run,
    ulong LastFence,
    IReadOnlyList<FileRecord> Files,
    IReadOnlyList<FailureRecord> Failures,
    IReadOnlyList<LeaseRecord> Leases,
    IReadOnlyList<WindowRecord> Windows,
    IReadOnlyList<BatchRecord> Batches,
    IReadOnlyList<ShardRecord> Shards)
{
    /// <summary>Null while nothing was published.</summary>
    public PublicationRecord? Publication { get; init; }
}
