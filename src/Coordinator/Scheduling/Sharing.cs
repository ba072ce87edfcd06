using Stage = FineWebTorch.Protos.V1.LeaseProgress.Types.Stage;

namespace FineWebTorch.Coordinator.Scheduling;

/// <summary>
/// Shortens a lease for a worker that has nothing to score: the one that would end last, for whoever would be ready with
/// a part of it first, and only where both then end earlier than the holder alone would.
/// </summary>
internal static class Sharing
{
    /// <summary>What was not worth sharing is looked at again after so long.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <summary>Leases looked at for one message.</summary>
    private const int Looked = 256;

    /// <summary>What is fetched must be worth so much more than its cost: links are shared, too.</summary>
    private const double Margin = 0.1;

    /// <summary>The share from which on all is taken.</summary>
    private const double Whole = 0.9;

    /// <summary>The time for which a holder that is not in session is worth waiting, seconds.</summary>
    private const double Absence = 5;

    public static PlanAction.Share? Next(RunState state)
    {
        for (var looked = 0; looked < Looked && state.Idle.Count > 0 && state.Shareable.First is { } lease; looked++)
        {
            if (Best(state, lease) is { } best)
                return new PlanAction.Share(lease.Fence, EndWithout(state, lease, best.Taken), best.Thief.Id);
            state.Shareable.Defer(lease, state.Now + Patience);
        }

        return null;
    }

    /// <summary>Windows of a lease that its worker has not begun to read.</summary>
    public static int Untouched(RunState state, RunLease lease)
    {
        if (lease is not { Probe: null, Twin: null })
            return 0;
        var first = IsQueued(state.Workers[lease.WorkerId], lease) ? lease.ReadingWindow : lease.ReadingWindow + 1;
        return state.Files[lease.File].IncompleteIn(
            lease.Windows with { First = Math.Min(lease.Windows.End, Math.Max(first, lease.Windows.First)) });
    }

    /// <summary>Its worker is at another lease.</summary>
    private static bool IsQueued(RunWorker holder, RunLease lease) =>
        lease is { MadeProgress: false, Stage: not Stage.Scoring } && lease.ReadingWindow == lease.Windows.First &&
        Forecast.Earlier(holder, lease).Any();

    private static (RunWorker Thief, int Taken)? Best(RunState state, RunLease lease)
    {
        (RunWorker Thief, int Taken, double End)? best = null;
        foreach (var thief in state.Idle.For(state, state.Files[lease.File]))
        {
            if (Split(state, lease, thief) is var (taken, end) && (best is null || end < best.Value.End))
                best = (thief, taken, end);
        }

        return best is var (first, windows, _) ? (first, windows) : null;
    }

    /// <summary>How many windows the thief takes, and when it would have them; null where it is not worth it.</summary>
    private static (int Taken, double End)? Split(RunState state, RunLease lease, RunWorker thief)
    {
        var (file, holder) = (state.Files[lease.File], state.Workers[lease.WorkerId]);
        var untouched = Untouched(state, lease);
        var fetching = FetchCost.Of(thief, file);
        if (!holder.Connected && fetching < Absence)
            return (untouched, fetching);
        if (Forecast.OfHeldWindow(state, lease) is not { } held || Forecast.OfWindow(thief, file) is not { } taking ||
            Forecast.Ahead(state, lease) is not { } ahead)
            return SplitBlindly(state, lease, untouched, fetching);
        var touched = (file.IncompleteIn(lease.Windows) - untouched) * held;
        var balance = (ahead + touched + (untouched * held) - fetching) / (held + taking);
        var taken = (int)Math.Clamp(Math.Round(balance), 1, untouched);
        // A small rest of what its holder has not come to is not worth that both open the file.
        if (taken >= Whole * untouched && IsQueued(holder, lease))
            taken = untouched;
        var end = fetching + (taken * taking);
        return end + (Margin * fetching) < ahead + touched + (untouched * held) ? (taken, end) : null;
    }

    /// <summary>Nobody has scored anything yet: half, or all of what its holder is not at.</summary>
    private static (int Taken, double End)? SplitBlindly(RunState state, RunLease lease, int untouched, double fetching)
    {
        var holder = state.Workers[lease.WorkerId];
        if (Forecast.Earlier(holder, lease).Any())
            return (untouched, fetching);
        var left = FetchCost.LeftOf(holder, lease, state.Files[lease.File], state.Now);
        return fetching <= 2 * left ? (Math.Max(1, untouched / 2), fetching) : null;
    }

    private static int EndWithout(RunState state, RunLease lease, int taken)
    {
        var file = state.Files[lease.File];
        var end = lease.Windows.End;
        while (taken > 0)
            taken -= file.IsComplete(--end) ? 0 : 1;
        return end;
    }
}
