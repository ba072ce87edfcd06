namespace FineWebTorch.Coordinator.Ledger;

/// <summary>A window with all its scores, which lie beside it in the ledger.</summary>
/// <param name="RowsByClass">How many rows each numeric class has scored.</param>
internal sealed record WindowRecord(
    int File,
    int Window,
    long Rows,
    long Kept,
    long Unscorable,
    long Tokens,
    IReadOnlyDictionary<string, long> RowsByClass);
