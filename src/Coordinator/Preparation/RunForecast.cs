using FineWebTorch.Coordinator.Disk;
using FineWebTorch.Coordinator.Ledger;

namespace FineWebTorch.Coordinator.Preparation;

/// <summary>What a run would have to do and need, as a dry run finds it.</summary>
/// <param name="Files">Bad ones have failed.</param>
/// <param name="Disks">Of this machine.</param>
internal sealed record RunForecast(IReadOnlyList<FileRecord> Files, DiskPlan Disks)
{
    /// <summary>The run has been started before and would go on.</summary>
    public bool IsResumed { get; init; }

    /// <summary>By an earlier session of this run.</summary>
    public long RowsScored { get; init; }

    /// <summary>By an earlier session of this run, and still as they were.</summary>
    public int ShardsDone { get; init; }

    /// <summary>Shards of other runs in a local output that this run's would replace.</summary>
    public int Earlier { get; init; }

    /// <summary>What else a run would do on the Hub; null where that is nothing.</summary>
    public string? Note { get; init; }

    /// <summary>Null where it has to be fetched first.</summary>
    public ModelRecord? Model { get; init; }

    public IReadOnlyList<FileRecord> GoodFiles => [.. Files.Where(file => file.Failure is null)];

    public IReadOnlyList<FileRecord> BadFiles => [.. Files.Where(file => file.Failure is not null)];
}
