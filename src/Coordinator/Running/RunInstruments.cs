using System.Diagnostics;
using System.Diagnostics.Metrics;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Scheduling;

namespace FineWebTorch.Coordinator.Running;

/// <summary>What is measured where it happens; what can be read of a snapshot is not among it.</summary>
internal static class RunInstruments
{
    private static readonly Histogram<double> Lease = Instrumentation.Seconds(
        "fineweb.lease", "Time from giving a lease out to its end.",
        1, 5, 15, 60, 300, 900, 3600, 4 * 3600, 12 * 3600);

    private static readonly Histogram<double> LedgerCommit = Instrumentation.Seconds(
        "fineweb.ledger.commit", "Time that a transaction of the ledger takes.",
        0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10);

    /// <summary>Begins the trace of a lease.</summary>
    public static Activity? Begin(LeaseKind kind, FileRecord file, WindowRange windows, RunWorker worker)
    {
        if (Instrumentation.BeginTrace("lease") is not { } span)
            return null;
        span.SetTag("fineweb.lease.kind", NameOf(kind));
        span.SetTag("fineweb.file", file.Name);
        span.SetTag("fineweb.worker", worker.Name);
        if (kind == LeaseKind.Score)
            span.SetTag("fineweb.windows", windows.End - windows.First);
        return span;
    }

    public static void Ended(RunLease lease, LeaseEnd end, TimeSpan now)
    {
        var outcome = end.ToString().ToLowerInvariant();
        Lease.Record(
            Math.Max(0, (now - lease.GivenAt).TotalSeconds),
            new KeyValuePair<string, object?>("kind", NameOf(lease.Kind)),
            new KeyValuePair<string, object?>("outcome", outcome));
        lease.Span?.SetTag("fineweb.lease.outcome", outcome);
        if (end is LeaseEnd.Failed or LeaseEnd.Lost)
            lease.Span.Fail(outcome);
        lease.Span?.Dispose();
    }

    public static void Committed(TimeSpan took) => LedgerCommit.Record(took.TotalSeconds);

    private static string NameOf(LeaseKind kind) => kind == LeaseKind.Build ? "build" : "score";
}

/// <summary>How a lease has ended.</summary>
internal enum LeaseEnd
{
    /// <summary>All that it was for is done.</summary>
    Completed,

    /// <summary>Its worker has given it back.</summary>
    Returned,

    /// <summary>Its worker could not do it.</summary>
    Failed,

    /// <summary>Its worker has vanished, or done nothing for too long.</summary>
    Lost,

    /// <summary>It was taken away: another was first, or nobody is to do it.</summary>
    Revoked,
}
