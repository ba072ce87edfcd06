using FineWebTorch.Coordinator.Ledger;

namespace FineWebTorch.Coordinator.Scheduling;

/// <summary>
/// When scores would be there, in seconds from now: by what workers have shown lately, and what they are at. A model's
/// loading is not in it, since nobody asks for work before.
/// </summary>
internal static class Forecast
{
    /// <summary>Scores have stayed away when they are so many times later than the longest pause before them.</summary>
    private const double Silence = 3;

    private static readonly TimeSpan ShortestSilence = TimeSpan.FromSeconds(5);

    /// <summary>A worker that fetches the file first.</summary>
    /// <returns>Null while nobody has scored anything.</returns>
    public static double? FromScratch(RunWorker worker, RunFile file, int windows) =>
        FetchCost.Of(worker, file) + (windows * OfWindow(worker, file));

    /// <summary>One window of a worker that has the file before it.</summary>
    /// <inheritdoc cref="FromScratch"/>
    public static double? OfWindow(RunWorker worker, RunFile file) => worker.Paces.Scoring.SecondsFor(RowsOfWindow(file));

    /// <summary>What keeps a lease's holder from it: the rest of its fetching, and what it was given before.</summary>
    /// <inheritdoc cref="FromScratch"/>
    public static double? Ahead(RunState state, RunLease lease)
    {
        var holder = state.Workers[lease.WorkerId];
        double? before = 0;
        foreach (var other in Earlier(holder, lease))
        {
            var file = state.Files[other.File];
            before += file.IncompleteIn(other.Windows) * OfWindow(holder, file);
        }

        var fetching = FetchCost.LeftOf(holder, lease, state.Files[lease.File], state.Now);
        return before is null ? null : Math.Max(before.Value, fetching);
    }

    /// <summary>Leases to score that its holder was given before this one and has not done.</summary>
    public static IEnumerable<RunLease> Earlier(RunWorker holder, RunLease lease) =>
        holder.Leases.TakeWhile(other => other != lease).Where(other => other.Kind == LeaseKind.Score);

    /// <summary>
    /// One window of a lease's holder. Where no scores come any more, a batch takes at least as long as they have
    /// stayed away.
    /// </summary>
    /// <inheritdoc cref="FromScratch"/>
    public static double? OfHeldWindow(RunState state, RunLease lease)
    {
        var (file, holder) = (state.Files[lease.File], state.Workers[lease.WorkerId]);
        var usual = OfWindow(holder, file);
        var silent = SilenceOf(state, lease);
        if (silent is null)
            return usual;
        var batch = holder.Paces.Scoring.Piece?.Amount ?? RowsOfWindow(file);
        return Math.Max(usual ?? 0, silent.Value * Math.Max(1, RowsOfWindow(file) / batch));
    }

    /// <summary>For how many seconds nothing has come of a lease that should have; null where all is well.</summary>
    public static double? SilenceOf(RunState state, RunLease lease)
    {
        var holder = state.Workers[lease.WorkerId];
        var since = lease.HasBegun ? Max(holder.LastStored, lease.BeganAt) : Max(lease.ProgressAt, lease.BeganAt);
        // How far a file has come is told by heartbeats alone.
        var pause = lease.HasBegun ? ShortestSilence / Silence : state.Options.HeartbeatTimeout / 6;
        pause = Max(pause, holder.LongestPause);
        if (lease.HasBegun && holder.Paces.Scoring.Piece is { } piece)
            pause = Max(pause, TimeSpan.FromSeconds(piece.Seconds));
        var silent = state.Now - since;
        return silent > pause * Silence && Earlier(holder, lease).All(other => other.Windows.Count == 0)
            ? silent.TotalSeconds
            : null;
    }

    private static double RowsOfWindow(RunFile file) => (double)file.Rows / Math.Max(1, file.Windows);

    private static TimeSpan Max(TimeSpan one, TimeSpan other) => one > other ? one : other;
}
