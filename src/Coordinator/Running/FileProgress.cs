using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Scheduling;

namespace FineWebTorch.Coordinator.Running;

/// <summary>All that the loop knows of a file.</summary>
internal sealed class FileProgress(FileRecord record, FileState state)
{
    public FileRecord Record { get; set; } = record;

    public FileState State { get; } = state;

    public RunTotals Totals { get; } = new();

    public Dictionary<int, PartialWindow> Partial { get; } = [];

    public ShardRecord? Shard { get; set; }
}
