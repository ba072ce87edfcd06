using FineWebTorch.Coordinator.Ledger;

namespace FineWebTorch.Coordinator.Scheduling;

/// <summary>
/// Work that is begun and cannot be shared any more is given to a second worker, one that has nothing else to do, where
/// it would be done much earlier there: what remains of a slow lease's windows, or the whole shard. Whoever delivers
/// first counts.
/// </summary>
/// <remarks>
/// The leases are looked at one after another, each of them again after a while: what this costs does not depend on how
/// many workers wait.
/// </remarks>
internal static class SecondLeases
{
    /// <summary>How much earlier: the holder takes so many times longer, and so many seconds more.</summary>
    private const double Times = 2, Margin = 5;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <summary>Who is not in session for so long may be on its way back, as after a restart of the coordinator.</summary>
    private static readonly TimeSpan Absence = TimeSpan.FromSeconds(5);

    /// <summary>Leases looked at for one message.</summary>
    private const int Looked = 256;

    public static PlanAction? Next(RunState state)
    {
        for (var looked = 0; looked < Looked && state.Reviews.Find(state.Now, ReviewAt, out var lease); looked++)
        {
            lease.ReviewAt = state.Now + Patience;
            if (state.Idle.Count > 0 && MayHaveSecond(state, lease) && Offer(state, lease) is { } offer)
                return offer;
        }

        return null;

        TimeSpan? ReviewAt(RunLease lease) =>
            state.Leases.GetValueOrDefault(lease.Fence) == lease ? lease.ReviewAt : null;
    }

    /// <summary>
    /// Where a document may have ended a worker, no second one is risked. A shard waits for the first score that is finite.
    /// </summary>
    public static bool MayHaveSecond(RunState state, RunLease lease) =>
        lease is { Twin: null, Probe: null } && state.Files[lease.File].IsOpen &&
        (lease.Kind == LeaseKind.Build
            ? !state.BuildsWait
            : state.Files[lease.File] is var file && file.IncompleteIn(lease.Windows) > 0 && !file.HasSuspect(lease.Windows));

    private static PlanAction? Offer(RunState state, RunLease lease)
    {
        var file = state.Files[lease.File];
        double Takes(RunWorker worker) => FromScratch(worker, file, lease);
        var best = state.Idle.For(state, file).Where(worker => worker.Leases.Count == 0).MinBy(Takes);
        if (best is null || TakesHolder(state, lease) is not { } left || left < (Times * Takes(best)) + Margin)
            return null;
        return lease.Kind == LeaseKind.Build
            ? new PlanAction.GrantBuild(best.Id, lease.File)
            : new PlanAction.GrantScore(best.Id, lease.File, file.IncompletePartOf(lease.Windows));
    }

    /// <summary>Nothing for what nobody has done yet: a holder that does nothing either is slower than that.</summary>
    private static double FromScratch(RunWorker worker, RunFile file, RunLease lease) =>
        (lease.Kind == LeaseKind.Build
            ? FetchCost.Of(worker, file) + worker.Paces.Building.SecondsFor(file.Record.Size)
            : Forecast.FromScratch(worker, file, file.IncompleteIn(lease.Windows))) ?? FetchCost.Of(worker, file);

    /// <summary>Seconds until the lease's holder would be done; null where there is no saying.</summary>
    private static double? TakesHolder(RunState state, RunLease lease)
    {
        var (holder, file) = (state.Workers[lease.WorkerId], state.Files[lease.File]);
        if (!holder.Connected)
            return TakesWithout(state, lease, holder);
        var silent = Forecast.SilenceOf(state, lease);
        if (lease.Kind == LeaseKind.Build)
            // What has taken long already will take as long again, as far as anyone can tell.
            return holder.Paces.Building.SecondsFor(file.Record.Size) is not null
                ? (state.Now - lease.BeganAt).TotalSeconds
                : silent;
        var scoring = file.IncompleteIn(lease.Windows) * Forecast.OfHeldWindow(state, lease);
        return Forecast.Ahead(state, lease) is { } ahead && scoring is { } all
            ? ahead + all + (lease.HasBegun ? 0 : silent ?? 0)
            : silent;
    }

    /// <summary>Should it not come back, its work is begun anew when it is given up.</summary>
    private static double? TakesWithout(RunState state, RunLease lease, RunWorker holder)
    {
        var away = state.Now - holder.LastHeard;
        return away < Absence ? null
            : (state.Options.HeartbeatTimeout - away).TotalSeconds + FromScratch(holder, state.Files[lease.File], lease);
    }
}
