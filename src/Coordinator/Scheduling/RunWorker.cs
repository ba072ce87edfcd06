using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Protos.V1;

namespace FineWebTorch.Coordinator.Scheduling;

/// <summary>A worker that is connected, or that was and still holds leases.</summary>
internal sealed class RunWorker(string id)
{
    public string Id { get; } = id;

    public string Name { get; set; } = id;

    public string DeviceName { get; set; } = "";

    public bool Connected { get; set; }

    /// <summary>Time since the start of this coordinator at which the last message came.</summary>
    public TimeSpan LastHeard { get; set; }

    /// <summary>Work requests without an answer.</summary>
    public int OpenRequests { get; set; }

    /// <summary>Order in which the oldest open request came: who waits longest is served first.</summary>
    public long WaitingSince { get; set; }

    public List<RunLease> Leases { get; } = [];

    public long RowsStored { get; private set; }

    public TimeSpan? FirstLease { get; set; }

    public TimeSpan LastStored { get; private set; }

    public bool HoldsScoreLease => Leases.Exists(lease => lease.Kind == LeaseKind.Score);

    /// <summary>Rows a second since the first lease; 0 while nothing is known or nobody is there.</summary>
    public double Rate => Connected && FirstLease is { } first && LastStored > first
        ? RowsStored / (LastStored - first).TotalSeconds
        : 0;

    /// <summary>Its lease with this fencing token, or null.</summary>
    public RunLease? Holds(ulong fence) => Leases.Find(lease => lease.Fence == fence);

    /// <summary>How busy its device is.</summary>
    public DeviceUse Use { get; } = new();

    public void Note(Heartbeat heartbeat, TimeSpan now)
    {
        if (heartbeat.Statistics is { } statistics)
            Use.Note(now, statistics.BusySeconds);
        foreach (var progress in heartbeat.Leases)
            Holds(progress.Fence)?.NoteReading((int)progress.ReadingWindow);
    }

    public void NoteStored(BatchRecord batch, TimeSpan now)
    {
        RowsStored += batch.Rows.Count;
        LastStored = now;
    }
}

/// <summary>How busy a worker's device is, by what its heartbeats say.</summary>
internal sealed class DeviceUse
{
    private static readonly TimeSpan Span = TimeSpan.FromSeconds(30);
    private readonly Queue<(TimeSpan Time, double Busy)> _recent = [];

    /// <summary>Of the last half minute, or of the time since the second last heartbeat; null before there are two.
    /// </summary>
    public double? Share { get; private set; }

    /// <param name="now">When the heartbeat came.</param>
    /// <param name="busySeconds">Since the worker was started.</param>
    public void Note(TimeSpan now, double busySeconds)
    {
        // Less than before: the worker has been started again.
        if (_recent.Count > 0 && busySeconds < _recent.Last().Busy)
            _recent.Clear();
        _recent.Enqueue((now, busySeconds));
        while (_recent.Count > 2 && now - _recent.Peek().Time > Span)
            _recent.Dequeue();
        var (time, busy) = _recent.Peek();
        if (now > time)
            Share = Math.Clamp((busySeconds - busy) / (now - time).TotalSeconds, 0, 1);
    }
}
