namespace FineWebTorch.Coordinator.Scheduling;

/// <summary>Which lease is shortened for a worker that has nothing to score: the one that would end last.</summary>
internal static class Sharing
{
    public static PlanAction.Shrink? Next(RunState state)
    {
        if (state.Shareable.Count == 0)
            return null;
        foreach (var lease in state.Shareable)
        {
            if (ThiefFor(state, lease) is { } thief)
                return new PlanAction.Shrink(lease.Fence, SplitPoint(state, lease, thief));
        }

        return null;
    }

    /// <summary>Windows of a lease that its worker has not begun to read.</summary>
    public static int Untouched(RunState state, RunLease lease) => state.Files[lease.File].IncompleteIn(
        lease.Windows with
        {
            First = Math.Min(lease.Windows.End, Math.Max(lease.ReadingWindow + 1, lease.Windows.First)),
        });

    /// <summary>Those that hold nothing to score wait in front of all others.</summary>
    private static RunWorker? ThiefFor(RunState state, RunLease lease) => state.Waiting
        .TakeWhile(worker => !worker.HoldsScoreLease)
        .FirstOrDefault(worker => Eligibility.MayHave(state, state.Files[lease.File], worker));

    /// <summary>Shares the untouched windows in proportion to what both have shown to be able to do.</summary>
    private static int SplitPoint(RunState state, RunLease lease, RunWorker thief)
    {
        var holder = state.Workers[lease.WorkerId];
        var share = (holder.Connected, holder.Rate, thief.Rate) switch
        {
            (false, _, _) => 1,
            (_, > 0, > 0) => thief.Rate / (holder.Rate + thief.Rate),
            _ => 0.5,
        };
        var untouched = Untouched(state, lease);
        var taken = Math.Clamp((int)Math.Round(untouched * share), 1, untouched);
        var file = state.Files[lease.File];
        var end = lease.Windows.End;
        while (taken > 0)
            taken -= file.IsComplete(--end) ? 0 : 1;
        return end;
    }
}

/// <summary>Leases with windows that nobody has begun to read, the one that would end last in front.</summary>
internal sealed class ShareableLeases : IEnumerable<RunLease>
{
    private readonly SortedSet<Rank> _ranks = [];
    private readonly Dictionary<RunLease, Rank> _known = [];

    public int Count => _ranks.Count;

    /// <param name="untouched">Windows; 0 where it is not to be shared any more.</param>
    /// <param name="rate">Of its worker, rows a second; 0 where that is not known.</param>
    public void Update(RunLease lease, int untouched, double rate)
    {
        var now = new Rank(untouched / Math.Max(1e-3, rate), lease);
        if (_known.TryGetValue(lease, out var before))
        {
            if (before == now)
                return;
            _known.Remove(lease);
            _ranks.Remove(before);
        }

        if (untouched == 0)
            return;
        _known.Add(lease, now);
        _ranks.Add(now);
    }

    public IEnumerator<RunLease> GetEnumerator()
    {
        foreach (var rank in _ranks)
            yield return rank.Lease;
    }

    System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();

    private readonly record struct Rank(double Time, RunLease Lease) : IComparable<Rank>
    {
        public int CompareTo(Rank other) => Time != other.Time
            ? other.Time.CompareTo(Time)
            : Lease.Fence.CompareTo(other.Lease.Fence);
    }
}
