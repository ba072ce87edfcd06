using FineWebTorch.Coordinator.Ledger;

namespace FineWebTorch.Coordinator.Scheduling;

/// <summary>
/// What a worker pays to have a file before it, in seconds. Nothing where it has opened it before; else what bytes have
/// taken it lately, from the Hub, from the coordinator or from a disk that it shares: nobody has to say which it is.
/// </summary>
internal static class FetchCost
{
    /// <summary>A file that is open so soon was not fetched; the time is that of messages.</summary>
    private static readonly TimeSpan Free = TimeSpan.FromSeconds(1);

    /// <summary>Time for which nothing stands in where all files were open at once.</summary>
    private const double Least = 1e-3;

    /// <summary>What a worker has fetched tells of a file that is up to so many times larger.</summary>
    private const double Reach = 8;

    /// <summary>0 also while nobody has opened anything.</summary>
    public static double Of(RunWorker worker, RunFile file) => worker.HasAtHand(file.Index)
        ? 0
        : worker.Paces.Fetching.SecondsFor(file.Record.Size, file.Record.Size / Reach) ?? 0;

    /// <summary>What is left of it for the holder of a lease.</summary>
    public static double LeftOf(RunWorker worker, RunLease lease, RunFile file, TimeSpan now)
    {
        if (lease.HasBegun || worker.HasAtHand(file.Index))
            return 0;
        var whole = Of(worker, file);
        if (lease.FetchedBytes == 0)
            return Math.Max(0, whole - (now - lease.BeganAt).TotalSeconds);
        return whole * Math.Max(0, 1 - (lease.FetchedBytes / Math.Max(1.0, file.Record.Size)));
    }

    /// <summary>A worker has said how many bytes have come.</summary>
    /// <param name="before">What it had said before, and when; not known of leases from before a restart.</param>
    public static void NoteFetched(RunWorker worker, RunLease lease, (ulong Bytes, TimeSpan? At) before, TimeSpan now)
    {
        if (before.At is { } since && lease.FetchedBytes > before.Bytes)
            worker.Paces.Fetching.Note(lease.FetchedBytes - before.Bytes, (now - since).TotalSeconds);
    }

    /// <summary>A worker has the file of a lease before it: what has not been counted of the way there is.</summary>
    public static void NoteOpened(RunWorker worker, RunLease lease, FileRecord file, TimeSpan now)
    {
        if (lease.HasOpened || lease.FetchedAt is not { } since || worker.HasAtHand(file.Index))
            return;
        var seconds = (now - since - Free).TotalSeconds;
        worker.Paces.Fetching.Note(
            Math.Max(0, file.Size - (double)lease.FetchedBytes), Math.Max(Least, seconds));
    }
}
