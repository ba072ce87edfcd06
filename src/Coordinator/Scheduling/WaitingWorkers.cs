using System.Collections;

namespace FineWebTorch.Coordinator.Scheduling;

/// <summary>
/// Workers with open requests, in the order in which they are served: who holds nothing to score comes first, since
/// the others only want to have their next piece in time.
/// </summary>
internal sealed class WaitingWorkers : IEnumerable<RunWorker>
{
    private readonly SortedSet<Turn> _turns = [];
    private readonly Dictionary<RunWorker, Turn> _known = [];

    public int Count => _turns.Count;

    public void Update(RunWorker worker)
    {
        var now = new Turn(worker.HoldsScoreLease, worker.Leases.Count, worker.WaitingSince, worker);
        if (_known.TryGetValue(worker, out var before))
        {
            if (worker.IsWaiting && before == now)
                return;
            _known.Remove(worker);
            _turns.Remove(before);
        }

        if (!worker.IsWaiting)
            return;
        _known.Add(worker, now);
        _turns.Add(now);
    }

    public IEnumerator<RunWorker> GetEnumerator()
    {
        foreach (var turn in _turns)
            yield return turn.Worker;
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private readonly record struct Turn(bool HoldsScoreLease, int Leases, long Since, RunWorker Worker)
        : IComparable<Turn>
    {
        public int CompareTo(Turn other) => (HoldsScoreLease, Leases, Since)
            .CompareTo((other.HoldsScoreLease, other.Leases, other.Since));
    }
}
