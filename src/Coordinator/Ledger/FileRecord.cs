namespace FineWebTorch.Coordinator.Ledger;

/// <summary>An input file of the run.</summary>
/// <param name="Index">Place in the run's ordinal order.</param>
/// <param name="Name">Below the input folder, '/'-separated.</param>
/// <param name="Path">Absolute.</param>
/// <param name="ModifiedTicks">Last write, UTC ticks.</param>
/// <param name="Sha256">Lower-case hex; null until someone has computed it.</param>
/// <param name="Rows">Rows in the file, whether or not all of them are to be scored.</param>
/// <param name="ShardName">Path of its shard below the output folder, '/'-separated.</param>
/// <param name="SetAside">Why it was set aside; null unless it was.</param>
internal sealed record FileRecord(
    int Index,
    string Name,
    string Path,
    long Size,
    long ModifiedTicks,
    string? Sha256,
    long Rows,
    string ShardName,
    string? SetAside);
