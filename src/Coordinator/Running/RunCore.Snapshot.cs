using FineWebTorch.Coordinator.Scheduling;

namespace FineWebTorch.Coordinator.Running;

internal sealed partial class RunCore
{
    public RunSnapshot Snapshot(TimeSpan now) => new(
        now,
        _files.Count,
        _files.Count(file => file.State.Stage == FileStage.Done),
        _files.Count(file => file.State.Stage == FileStage.SetAside),
        _files.Where(file => file.State.Stage != FileStage.SetAside).Sum(file => _identity.RowsOf(file.Record.Rows)),
        _totals.Rows,
        _totals.Kept,
        _totals.Unscorable,
        _totals.Tokens,
        [.. _state.Workers.Values.OrderBy(worker => worker.Name, StringComparer.Ordinal).Select(Snapshot)],
        IsOver,
        _state.Draining,
        _sessions.Count,
        _awaited.Count);

    private WorkerSnapshot Snapshot(WorkerState worker) => new(
        worker.Id, worker.Name, worker.DeviceName, worker.Connected, worker.RowsStored, worker.TokensStored,
        string.Join(", ", worker.Leases.Select(lease => Describe(lease, _files[lease.File]))));

    /// <summary>What a lease is for, for people.</summary>
    public static string Describe(LeaseState lease, FileProgress file) => lease.Kind == LeaseKind.Build
        ? $"writing {file.Record.ShardName}"
        : $"{file.Record.Name} {file.State.CompleteWindows}/{file.State.Windows}";
}
