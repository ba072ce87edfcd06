namespace FineWebTorch.Coordinator.Ledger;

/// <summary>An input file of the run.</summary>
/// <param name="Index">Place in the run's ordinal order.</param>
/// <param name="Name">Below the input folder, on the Hub in the repository, '/'-separated.</param>
/// <param name="Path">Absolute, or an hf:// path that names a commit.</param>
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
    string? SetAside)
{
    /// <summary>How shards name their input: on the Hub with repository and commit, here without the machine.</summary>
    public string Origin => Path.StartsWith("hf://", StringComparison.Ordinal) ? Path : Name;
}
