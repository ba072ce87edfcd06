using FineWebTorch.Coordinator.Ledger;

namespace FineWebTorch.Coordinator.Scheduling;

/// <summary>
/// Files, workers and leases: all that <see cref="Planner"/> decides by. Owned by one loop. Changes of leases here keep
/// the three in step and check what must always hold.
/// </summary>
internal sealed class RunState(IReadOnlyList<RunFile> files, SchedulingOptions options)
{
    public IReadOnlyList<RunFile> Files { get; } = files;

    public SchedulingOptions Options { get; } = options;

    public Dictionary<string, RunWorker> Workers { get; } = new(StringComparer.Ordinal);

    /// <summary>By fencing token.</summary>
    public SortedDictionary<ulong, RunLease> Leases { get; } = [];

    /// <summary>When this coordinator was started: what its times count from.</summary>
    public DateTimeOffset Started { get; set; }

    /// <summary>To the millisecond, as the ledger keeps it.</summary>
    public DateTimeOffset TimeOfDay(TimeSpan now) =>
        DateTimeOffset.FromUnixTimeMilliseconds((Started + now).ToUnixTimeMilliseconds());

    /// <summary>No work is given out any more.</summary>
    public bool Draining { get; set; }

    /// <summary>No shard is built: there is no finite score yet, and there should be.</summary>
    public bool BuildsWait { get; set; }

    public bool AllFilesEnded => Files.All(file => !file.IsOpen);

    public void Add(RunLease lease)
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

    public void Remove(RunLease lease)
    {
        Leases.Remove(lease.Fence);
        Files[lease.File].Leases.Remove(lease);
        if (Workers.TryGetValue(lease.WorkerId, out var worker))
            worker.Leases.Remove(lease);
    }
}

/// <summary>The limits that scheduling goes by.</summary>
/// <param name="HeartbeatTimeout">A worker silent for so long loses its leases.</param>
internal sealed record SchedulingOptions(TimeSpan HeartbeatTimeout)
{
    /// <summary>
    /// A file fails after so many failed attempts. They are those of different workers wherever enough are connected:
    /// a worker gets a file again only when everyone else here has failed on it too.
    /// </summary>
    public int MaxFailedAttempts { get; init; } = 3;

    /// <summary>
    /// A file fails after so many workers in a row vanished before they got anything done on it. Higher than
    /// <see cref="MaxFailedAttempts"/>, since machines that are taken away are not the file's fault.
    /// </summary>
    public int MaxLostInARow { get; init; } = 10;

    /// <summary>Wait after the first failed attempt on a file; doubles with each further one.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromSeconds(1);
}
