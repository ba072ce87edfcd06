using FineWebTorch.Coordinator.Ledger;

namespace FineWebTorch.Coordinator.Scheduling;

/// <summary>
/// Files, workers and leases: all that <see cref="Planner"/> decides by. Owned by one loop. Changes of leases here keep
/// the three in step and check what must always hold; queues and counts follow every change by themselves, so that no
/// decision looks at all files or all workers.
/// </summary>
/// <param name="files">That are not done.</param>
internal sealed class RunState(IReadOnlyList<RunFile> files, FinishedFiles finished, SchedulingOptions options)
{
    private readonly Dictionary<string, RunWorker> _workers = new(StringComparer.Ordinal);
    private readonly HashSet<string> _connected = new(StringComparer.Ordinal);
    private readonly Dictionary<string, RunWorker> _able = new(StringComparer.Ordinal);
    private readonly DeadlineQueue<RunWorker> _silence = new();
    private readonly DeadlineQueue<RunLease> _stalls = new();

    public RunFiles Files { get; } = new(files, finished, options);

    public SchedulingOptions Options { get; } = options;

    public IReadOnlyDictionary<string, RunWorker> Workers => _workers;

    public WaitingWorkers Waiting { get; } = new();

    /// <summary>Those of them that have nothing to score.</summary>
    public IdleWorkers Idle { get; } = new();

    /// <summary>How long what is done takes all workers.</summary>
    public Paces Paces { get; } = new();

    public int ConnectedWorkers => _connected.Count;

    /// <summary>Those that are here and not quarantined.</summary>
    public IReadOnlyCollection<RunWorker> AbleWorkers => _able.Values;

    public RecentProgress Progress { get; } = new();

    /// <summary>By fencing token.</summary>
    public SortedDictionary<ulong, RunLease> Leases { get; } = [];

    public ShareableLeases Shareable { get; } = new();

    /// <summary>All leases, by when it is asked whether they need a second one.</summary>
    public DeadlineQueue<RunLease> Reviews { get; } = new();

    /// <summary>When this coordinator was started: what its times count from.</summary>
    public DateTimeOffset Started { get; set; }

    /// <summary>Of the last <see cref="Advance"/>.</summary>
    public TimeSpan Now => Files.Queues.Now;

    /// <summary>
    /// Up to which all has been heard that workers said. After a while in which the ledger held everything up it lies
    /// behind: whoever is silent as of now may only have not been heard yet.
    /// </summary>
    public TimeSpan HeardUntil { get; set; }

    /// <summary>No work is given out any more.</summary>
    public bool Draining { get; set; }

    /// <summary>By a person: no work is given out until the run goes on.</summary>
    public bool Paused { get; set; }

    /// <summary>Precision and token budget are known; before, no work is given out.</summary>
    public bool IsSettled { get; set; }

    /// <summary>No shard is built: there is no finite score yet, and there should be.</summary>
    public bool BuildsWait { get; set; }

    /// <summary>To the millisecond, as the ledger keeps it.</summary>
    public DateTimeOffset TimeOfDay(TimeSpan now) =>
        DateTimeOffset.FromUnixTimeMilliseconds((Started + now).ToUnixTimeMilliseconds());

    public void Advance(TimeSpan now)
    {
        Files.Queues.Advance(now);
        Shareable.Advance(now);
    }

    /// <summary>The worker of this id; a new one where there is none.</summary>
    public RunWorker Enter(string id, TimeSpan now)
    {
        if (_workers.TryGetValue(id, out var known))
            return known;
        var worker = new RunWorker(id, Paces) { LastHeard = now, Changed = Update };
        _workers.Add(id, worker);
        _silence.Add(worker, now + Options.HeartbeatTimeout);
        return worker;
    }

    /// <summary>Forgets a worker that holds no lease.</summary>
    public void Leave(RunWorker worker)
    {
        worker.Disconnect();
        worker.Changed = null;
        _workers.Remove(worker.Id);
    }

    /// <summary>A worker that has said nothing for the time-out; null where there is none.</summary>
    public RunWorker? FindSilent() =>
        _silence.Find(HeardUntil, SilentAt, out var silent) ? silent : null;

    /// <summary>A lease for which nothing has been done for too long; null where there is none.</summary>
    public RunLease? FindStalled() => _stalls.Find(HeardUntil, StallsAt, out var stalled) ? stalled : null;

    public void Add(RunLease lease)
    {
        var file = Files[lease.File];
        var twins = file.Leases.Where(other => other.Kind != lease.Kind || other.Windows.Overlaps(lease.Windows) ||
            lease.Kind == LeaseKind.Build).ToList();
        if (twins.Count > 1 || twins.Exists(
            twin => twin.Kind != lease.Kind || twin.Twin is not null || twin.WorkerId == lease.WorkerId))
            throw new InvalidOperationException(
                $"lease {lease.Fence} on file {file.Index} would overlap others. This is a bug.");
        Leases.Add(lease.Fence, lease);
        Pair(lease, twins.SingleOrDefault());
        file.Add(lease);
        lease.Changed = Update;
        _workers[lease.WorkerId].Add(lease, Now);
        _stalls.Add(lease, Now + Options.ProgressTimeout);
        Reviews.Add(lease, Now);
    }

    public void Remove(RunLease lease)
    {
        Leases.Remove(lease.Fence);
        Files[lease.File].Remove(lease);
        lease.Changed = null;
        var twin = lease.Twin;
        if (twin is not null)
            (lease.Twin, twin.Twin) = (null, null);
        Shareable.Update(lease, untouched: 0, rate: 0);
        if (_workers.TryGetValue(lease.WorkerId, out var worker))
            worker.Remove(lease);
        if (twin is not null)
            Update(twin);
    }

    private void Pair(RunLease lease, RunLease? twin)
    {
        if (twin is null)
            return;
        (lease.Twin, twin.Twin) = (twin, lease);
        Update(twin);
    }

    private TimeSpan? SilentAt(RunWorker worker) => _workers.GetValueOrDefault(worker.Id) == worker
        ? worker.LastHeard + Options.HeartbeatTimeout
        : null;

    /// <summary>Who is not in session is waited for as long as its heartbeats are.</summary>
    private TimeSpan? StallsAt(RunLease lease) => Leases.GetValueOrDefault(lease.Fence) != lease ? null
        : _workers[lease.WorkerId] is { Connected: true } worker ? ProgressDeadlines.Of(lease, worker, Options)
        : Now + Options.ProgressTimeout;

    private void Update(RunWorker worker)
    {
        Waiting.Update(worker);
        Idle.Update(worker);
        if (worker.Connected)
            _connected.Add(worker.Id);
        else
            _connected.Remove(worker.Id);
        if (worker.IsAble)
            _able[worker.Id] = worker;
        else
            _able.Remove(worker.Id);
        foreach (var lease in worker.Leases)
            Update(lease);
    }

    private void Update(RunLease lease)
    {
        if (lease.Kind == LeaseKind.Score)
            Shareable.Update(lease, Sharing.Untouched(this, lease), _workers[lease.WorkerId].Rate);
    }
}

/// <summary>The limits that scheduling goes by.</summary>
/// <param name="HeartbeatTimeout">A worker silent for so long loses its leases.</param>
internal sealed record SchedulingOptions(TimeSpan HeartbeatTimeout)
{
    /// <summary>How long the best of the first workers is waited for, where options leave precision or budget open.
    /// </summary>
    public TimeSpan Settle { get; init; }

    /// <summary>A lease for which nothing was done for so long goes to another worker, however alive its own says it is.
    /// Longer for slow workers: see <see cref="ProgressDeadlines"/>.</summary>
    public TimeSpan ProgressTimeout { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// A file may fail after so many failed attempts, see <see cref="FileVerdict"/>. They are those of different
    /// workers wherever enough are here: a worker gets a file again only when everyone else has failed on it too.
    /// </summary>
    public int MaxFailedAttempts { get; init; } = 3;

    /// <summary>
    /// A file fails after so many workers in a row vanished before they got anything done on it. Higher than
    /// <see cref="MaxFailedAttempts"/>, since machines that are taken away are not the file's fault.
    /// </summary>
    public int MaxLostInARow { get; init; } = 10;

    /// <summary>Wait after the first failed attempt on a file; doubles with each further one.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The doubling stops here: what is nobody's fault for good is tried again for as long as it takes.
    /// </summary>
    public TimeSpan LongestRetryDelay { get; init; } = TimeSpan.FromMinutes(5);
}
