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

    public void Note(Heartbeat heartbeat)
    {
        foreach (var progress in heartbeat.Leases)
            Holds(progress.Fence)?.NoteReading((int)progress.ReadingWindow);
    }

    public void NoteStored(BatchRecord batch, TimeSpan now)
    {
        RowsStored += batch.Rows.Count;
        LastStored = now;
    }
}
