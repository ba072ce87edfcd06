namespace FineWebTorch.Coordinator.Scheduling;

/// <summary>
/// Files, workers and leases. Owned by one loop; <see cref="Planner"/> reads it. Changes here keep the three in step
/// and check what must always hold.
/// </summary>
internal sealed class SchedulerState(IReadOnlyList<FileState> files, SchedulingOptions options)
{
    private long _waiting;

    public IReadOnlyList<FileState> Files { get; } = files;

    public SchedulingOptions Options { get; } = options;

    public Dictionary<string, WorkerState> Workers { get; } = new(StringComparer.Ordinal);

    /// <summary>By fencing number.</summary>
    public SortedDictionary<ulong, LeaseState> Leases { get; } = [];

    public ulong LastFence { get; set; }

    /// <summary>No work is given out any more.</summary>
    public bool Draining { get; set; }

    public bool AllFilesEnded => Files.All(file => !file.IsOpen);

    public WorkerState Worker(string id, TimeSpan now)
    {
        if (!Workers.TryGetValue(id, out var worker))
            Workers.Add(id, worker = new WorkerState(id) { LastHeard = now });
        return worker;
    }

    public void Request(WorkerState worker)
    {
        if (worker.OpenRequests++ == 0)
            worker.WaitingSince = ++_waiting;
    }

    /// <summary>Answers one open request of the worker.</summary>
    public LeaseState Grant(LeaseKind kind, FileState file, WindowRange windows, WorkerState worker, TimeSpan now)
    {
        var lease = new LeaseState(++LastFence, kind, file.Index, windows, worker.Id);
        worker.OpenRequests--;
        worker.FirstLease ??= now;
        Add(lease);
        return lease;
    }

    /// <summary>Takes over a lease given out earlier.</summary>
    public void Add(LeaseState lease)
    {
        var file = Files[lease.File];
        if (file.Leases.Exists(other => other.Kind != lease.Kind || other.Windows.Overlaps(lease.Windows) ||
            lease.Kind == LeaseKind.Build))
            throw new InvalidOperationException(
                $"lease {lease.Fence} on file {file.Index} would overlap another. This is a bug.");
        Leases.Add(lease.Fence, lease);
        file.Leases.Add(lease);
        Workers[lease.WorkerId].Leases.Add(lease);
    }

    public void Release(LeaseState lease)
    {
        Leases.Remove(lease.Fence);
        Files[lease.File].Leases.Remove(lease);
        if (Workers.TryGetValue(lease.WorkerId, out var worker))
            worker.Leases.Remove(lease);
    }
}
