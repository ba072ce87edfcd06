namespace FineWebTorch.Coordinator.Scheduling;

/// <summary>
/// Workers that wait and have nothing to score, those in front that would have a usual file done first. Who has a copy
/// of a file is found by the file.
/// </summary>
internal sealed class IdleWorkers
{
    /// <summary>So many are looked at for one decision, of those with a copy and of all.</summary>
    private const int Looked = 8;

    /// <summary>A usual file.</summary>
    private const double Bytes = 1e9, Rows = 1e6;

    private readonly SortedSet<Place> _all = [];
    private readonly Dictionary<int, SortedSet<Place>> _byCopy = [];
    private readonly Dictionary<RunWorker, (Place Place, int? Copy)> _known = [];

    public int Count => _all.Count;

    public void Update(RunWorker worker)
    {
        var isIdle = worker.IsWaiting && !worker.HoldsScoreLease;
        if (!isIdle && !_known.ContainsKey(worker))
            return;
        Remove(worker);
        if (isIdle)
            Add(worker);
    }

    /// <summary>Those who may have a file and would be ready first: with a copy of it, and the fastest others.</summary>
    public IEnumerable<RunWorker> For(RunState state, RunFile file)
    {
        bool MayHave(RunWorker worker) => Eligibility.MayHave(state, file, worker);
        return WithCopy(file.Index).Where(MayHave).Take(Looked).Concat(
            _all.Select(place => place.Worker).Where(worker => worker.Copy != file.Index && MayHave(worker)).Take(Looked));
    }

    /// <summary>Those that have it in their cache, or have opened it in its place.</summary>
    public IEnumerable<RunWorker> WithCopy(int file) =>
        _byCopy.TryGetValue(file, out var places) ? places.Select(place => place.Worker) : [];

    private void Add(RunWorker worker)
    {
        var paces = worker.Paces;
        var cost = paces.Scoring.PerSecond > 0
            ? (paces.Fetching.SecondsFor(Bytes) ?? 0) + (Rows / paces.Scoring.PerSecond)
            : double.MaxValue;
        var place = new Place(cost, worker.WaitingSince, worker);
        _known.Add(worker, (place, worker.Copy));
        _all.Add(place);
        if (worker.Copy is not { } copy)
            return;
        if (!_byCopy.TryGetValue(copy, out var places))
            _byCopy.Add(copy, places = []);
        places.Add(place);
    }

    private void Remove(RunWorker worker)
    {
        if (!_known.Remove(worker, out var known))
            return;
        _all.Remove(known.Place);
        if (known.Copy is not { } copy)
            return;
        _byCopy[copy].Remove(known.Place);
        if (_byCopy[copy].Count == 0)
            _byCopy.Remove(copy);
    }

    private readonly record struct Place(double Cost, long Since, RunWorker Worker) : IComparable<Place>
    {
        public int CompareTo(Place other) => (Cost, Since).CompareTo((other.Cost, other.Since));
    }
}
