namespace FineWebTorch.Coordinator.Ledger;

/// <summary>A shard that has been handed over.</summary>
/// <param name="Fence">Of the build lease it came under.</param>
/// <param name="Done">False while it is being moved to its place in the output folder.</param>
internal sealed record ShardRecord(
    int File,
    string Name,
    ulong Fence,
    long Size,
    string Sha256,
    long RowsIn,
    long RowsKept,
    long RowsUnscorable,
    IReadOnlyList<string> Warnings,
    bool Done);
