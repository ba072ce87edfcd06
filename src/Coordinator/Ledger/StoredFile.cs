namespace FineWebTorch.Coordinator.Ledger;

/// <summary>All that the ledger has of a file but its scores.</summary>
/// <param name="Shard">That has been handed over; null while none has.</param>
/// <param name="Totals">Null while the file has had no shard, and for one without rows.</param>
/// <param name="Work">Who has scored it, in the order in which they began.</param>
internal sealed record StoredFile(
    FileRecord Record, ShardRecord? Shard, FileTotalsRecord? Totals, IReadOnlyList<WorkRecord> Work)
{
    /// <summary>Its shard is in its place.</summary>
    public bool IsDone => Shard is { Done: true };
}

/// <summary>What the files come to that are done: of each there is a row in the ledger, and its number here.</summary>
/// <param name="Files">In their order.</param>
/// <param name="Committed">Shards of them that a pull request holds.</param>
/// <param name="RowsByClass">How many rows each numeric class has scored.</param>
internal sealed record FinishedFiles(
    IReadOnlyList<int> Files, int Committed, long Rows, long Kept, long Unscorable, long Tokens,
    IReadOnlyList<KeyValuePair<string, long>> RowsByClass)
{
    public ScoreCounts Scores { get; init; } = new();

    /// <summary>Of the inputs.</summary>
    public long Bytes { get; init; }

    public static FinishedFiles None { get; } = new([], 0, 0, 0, 0, 0, []);
}
