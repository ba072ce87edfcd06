namespace FineWebTorch.Coordinator.Scheduling;

/// <summary>
/// Leases with windows that nobody has begun to read, the one that would end last in front. One that was not worth
/// sharing is out of the way for a while, so that no message has to look at all of them.
/// </summary>
internal sealed class ShareableLeases
{
    private readonly SortedSet<Rank> _ranks = [];
    private readonly Dictionary<RunLease, Rank> _known = [];
    private readonly Dictionary<RunLease, TimeSpan> _deferred = [];
    private readonly PriorityQueue<RunLease, TimeSpan> _due = new();

    /// <summary>The one that would end last, of those that are not deferred.</summary>
    public RunLease? First => _ranks.Count > 0 ? _ranks.Min.Lease : null;

    /// <summary>Those that are not deferred.</summary>
    public IEnumerable<RunLease> Ready => _ranks.Select(rank => rank.Lease);

    /// <summary>Those that are out of the way, and until when.</summary>
    public IReadOnlyDictionary<RunLease, TimeSpan> Deferred => _deferred;

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
        {
            _deferred.Remove(lease);
            return;
        }

        // It takes much longer than it was thought to, as when its worker has gone.
        if (before.Lease is not null && now.Time > 2 * before.Time)
            _deferred.Remove(lease);
        _known.Add(lease, now);
        if (!_deferred.ContainsKey(lease))
            _ranks.Add(now);
    }

    /// <summary>It is not looked at before this time.</summary>
    public void Defer(RunLease lease, TimeSpan until)
    {
        _ranks.Remove(_known[lease]);
        _deferred[lease] = until;
        _due.Enqueue(lease, until);
    }

    /// <summary>What was out of the way until now comes in again.</summary>
    public void Advance(TimeSpan now)
    {
        while (_due.TryPeek(out var lease, out var until) && until <= now)
        {
            _due.Dequeue();
            // It may have been deferred once more since.
            if (!_deferred.TryGetValue(lease, out var last) || last > now)
                continue;
            _deferred.Remove(lease);
            _ranks.Add(_known[lease]);
        }
    }

    private readonly record struct Rank(double Time, RunLease Lease) : IComparable<Rank>
    {
        public int CompareTo(Rank other) => Time != other.Time
            ? other.Time.CompareTo(Time)
            : Lease.Fence.CompareTo(other.Lease.Fence);
    }
}
