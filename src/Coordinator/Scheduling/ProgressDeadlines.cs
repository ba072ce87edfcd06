using FineWebTorch.Common;
using FineWebTorch.Coordinator.Ledger;
using Stage = FineWebTorch.Protos.V1.LeaseProgress.Types.Stage;

namespace FineWebTorch.Coordinator.Scheduling;

/// <summary>
/// Until when something must have been done for a lease. Heartbeats do not count: a worker whose device hangs sends them
/// for ever. Slow workers have as much more time as the pauses between their steps were longer.
/// </summary>
internal static class ProgressDeadlines
{
    /// <summary>A hang is so many times longer than the longest pause before it.</summary>
    private const int Factor = 10;

    /// <summary>The first step of a kind may take longer: kernels are compiled, a disk spins up.</summary>
    private const int FirstStep = 3;

    public static TimeSpan Of(RunLease lease, RunWorker worker, SchedulingOptions options)
    {
        var least = options.ProgressTimeout * (lease.IsFirstStep ? FirstStep : 1);
        var measured = worker.LongestPause * Factor;
        return Since(lease, worker) + (least > measured ? least : measured);
    }

    /// <summary>Since when nothing has been done for it.</summary>
    public static TimeSpan Since(RunLease lease, RunWorker worker) => IsOneOfAll(lease.Stage)
        ? worker.ProgressAt
        : lease.ProgressAt;

    /// <summary>Whether it is its worker's device or disk that hangs, and not the way to it.</summary>
    public static bool IsOfItsMachine(Stage stage) => stage is not (Stage.Fetching or Stage.Uploading);

    /// <summary>What its worker does for it, for people.</summary>
    public static string Describe(RunLease lease) => lease.Stage switch
    {
        Stage.Fetching => lease.FetchedBytes > 0
            ? $"fetching it ({NumberText.Size((long)lease.FetchedBytes)} had come)"
            : "fetching it",
        Stage.Opening => "opening it",
        Stage.Building => "writing its shard",
        Stage.Uploading => "handing its shard over",
        _ when lease.Kind == LeaseKind.Build => "waiting to write its shard",
        _ => "scoring it",
    };

    /// <summary>One device and one reader serve all leases: one that waits for them is as alive as the others.</summary>
    private static bool IsOneOfAll(Stage stage) => stage is Stage.Unspecified or Stage.Queued or Stage.Scoring;
}
