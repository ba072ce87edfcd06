using FineWebTorch.Common;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Protos.V1;

namespace FineWebTorch.Coordinator.Scheduling;

/// <summary>A worker that is connected, or that was and still holds leases. Tells <see cref="RunState"/> of changes.
/// </summary>
/// <param name="fleet">What is known of all workers.</param>
internal sealed class RunWorker(string id, Paces fleet)
{
    private readonly List<RunLease> _leases = [];
    private readonly Dictionary<ulong, int> _given = [];
    private readonly HashSet<string> _classes = new(StringComparer.Ordinal);

    public string Id { get; } = id;

    public string Name { get; set; } = id;

    public string DeviceName { get; set; } = "";

    /// <summary>The machine's name; its own where it does not tell.</summary>
    public string Machine { get; set; } = id;

    /// <summary>The process on that machine; 0 where it does not tell.</summary>
    public int ProcessId { get; set; }

    /// <summary>Its process has ended: nobody need wait for it.</summary>
    public bool HasEnded { get; set; }

    /// <summary>Attempts of it that came to nothing.</summary>
    public int Failures { get; private set; }

    /// <summary>Whether its failures are its own.</summary>
    public WorkerHealth Health { get; private set; } = new();

    /// <summary>Why it gets no work; null where it may have some.</summary>
    public string? Quarantine { get; private set; }

    /// <summary>What it said of itself when its session began.</summary>
    public Hello Hello { get; set; } = new();

    /// <summary>The device's part of it, up to the last ';', is the same for every batch.</summary>
    public string NumericClass => Hello.NumericClass;

    public bool Connected { get; private set; }

    /// <summary>Time since the start of this coordinator at which the last message came.</summary>
    public TimeSpan LastHeard { get; set; }

    /// <summary>Work requests without an answer.</summary>
    public int OpenRequests { get; private set; }

    /// <summary>Order in which the oldest open request came: who waits longest is served first.</summary>
    public long WaitingSince { get; private set; }

    public IReadOnlyList<RunLease> Leases => _leases;

    /// <summary>It may be given work now.</summary>
    public bool IsWaiting => IsAble && OpenRequests > 0;

    /// <summary>It is here, not quarantined and not about to leave.</summary>
    public bool IsAble => Connected && Quarantine is null && !IsLeaving;

    /// <summary>It has been told to give its work back and end.</summary>
    public bool IsLeaving => Farewell is not null;

    /// <summary>What it was told then, and is told again should it come back; null while it may stay.</summary>
    public CoordinatorMessage? Farewell { get; private set; }

    /// <summary>When something was last done for one of its leases, or it was given one.</summary>
    public TimeSpan ProgressAt { get; private set; }

    /// <summary>Between two pieces of work, lately.</summary>
    public TimeSpan LongestPause { get; private set; }

    /// <summary>Hears of every change that decides what it is given; null before and after its time in the run.</summary>
    public Action<RunWorker>? Changed { private get; set; }

    /// <summary>The secret of its present session, or of its last one.</summary>
    public Secret Session { get; private set; }

    public long RowsStored { get; private set; }

    public TimeSpan LastStored { get; private set; }

    /// <summary>How long what it does takes it.</summary>
    public Paces Paces { get; } = new(fleet);

    /// <summary>The file that it has opened last: it may have a copy of it.</summary>
    public int? Copy { get; private set; }

    public bool HoldsScoreLease => _leases.Exists(lease => lease.Kind == LeaseKind.Score);

    /// <summary>Rows a second while it scores; 0 while nothing is known or nobody is there.</summary>
    public double Rate => Connected ? Paces.Scoring.PerSecond : 0;

    /// <summary>It need not fetch this file.</summary>
    public bool HasAtHand(int file) => Copy == file || _leases.Exists(lease => lease.File == file && lease.HasOpened);

    /// <summary>Its lease with this fencing token, or null.</summary>
    public RunLease? Holds(ulong fence) => _leases.Find(lease => lease.Fence == fence);

    /// <summary>Whether scores of this numeric class can be its own: kernels may differ, the device does not.</summary>
    /// <param name="most">Different ones.</param>
    public bool HasClass(string numericClass, int most)
    {
        if (_classes.Contains(numericClass))
            return true;
        var device = NumericClass[..(NumericClass.LastIndexOf(';') + 1)];
        var fits = numericClass == NumericClass || numericClass == NumericClass + ";split" ||
            (device.Length > 0 && numericClass.StartsWith(device, StringComparison.Ordinal));
        return fits && _classes.Count < most && _classes.Add(numericClass);
    }

    public void NoteGiven(RunLease lease) => _given[lease.Fence] = lease.File;

    /// <summary>The file that a lease of this session is or was for; null where there was no such lease.</summary>
    public int? FileOfGiven(ulong fence) => _given.TryGetValue(fence, out var file) ? file : null;

    /// <summary>What its device does.</summary>
    public DeviceUse Use { get; } = new();

    /// <summary>Its session begins; what was given in earlier ones and is held no more is forgotten.</summary>
    /// <param name="secret">Of the session.</param>
    public void Connect(Secret secret, TimeSpan now)
    {
        Session = secret;
        _given.Clear();
        foreach (var lease in _leases)
        {
            NoteGiven(lease);
            lease.BeginProgress(now);
        }

        ProgressAt = now;
        (Connected, OpenRequests) = (true, 0);
        Changed?.Invoke(this);
    }

    public void Disconnect()
    {
        (Connected, OpenRequests) = (false, 0);
        Changed?.Invoke(this);
    }

    /// <summary>Whether it is this process of this machine.</summary>
    public bool IsOf(int processId) => processId == ProcessId && Machine == Environment.MachineName;

    public void NoteFailed() => Failures++;

    /// <param name="reason">Null: it may have work again, and what it did is forgotten.</param>
    public void SetQuarantine(string? reason)
    {
        Quarantine = reason;
        Health = reason is null ? new WorkerHealth() : Health;
        Changed?.Invoke(this);
    }

    /// <summary>It wants one lease more.</summary>
    /// <param name="order">Larger than that of any request before.</param>
    public void Request(long order)
    {
        if (OpenRequests++ == 0)
            WaitingSince = order;
        Changed?.Invoke(this);
    }

    /// <summary>A request has got its answer.</summary>
    public void Answer()
    {
        OpenRequests--;
        Changed?.Invoke(this);
    }

    public void Add(RunLease lease, TimeSpan now)
    {
        _leases.Add(lease);
        lease.BeginProgress(now);
        ProgressAt = now;
        Changed?.Invoke(this);
    }

    public void Remove(RunLease lease)
    {
        _leases.Remove(lease);
        Changed?.Invoke(this);
    }

    /// <summary>It gets nothing more.</summary>
    /// <param name="farewell">What it is told.</param>
    public void Dismiss(CoordinatorMessage farewell)
    {
        Farewell = farewell;
        Changed?.Invoke(this);
    }

    public void Note(Heartbeat heartbeat, TimeSpan now)
    {
        if (heartbeat.Statistics is { } statistics)
            Use.Note(now, statistics);
        foreach (var progress in heartbeat.Leases)
        {
            if (Holds(progress.Fence) is not { } lease)
                continue;
            lease.NoteReading((int)progress.ReadingWindow);
            var fetched = (lease.FetchedBytes, lease.FetchedAt);
            if (!lease.Note(progress, now))
                continue;
            FetchCost.NoteFetched(this, lease, fetched, now);
            if (ProgressDeadlines.IsOfItsMachine(lease.Stage) || !IsScoring)
                NoteProgress(now);
        }

        Changed?.Invoke(this);
    }

    /// <summary>It has the file of a lease before it.</summary>
    public void NoteOpened(RunLease lease, FileRecord file, TimeSpan now)
    {
        FetchCost.NoteOpened(this, lease, file, now);
        if (!lease.HasOpened)
            lease.Open(now);
        Copy = file.Index;
        Changed?.Invoke(this);
    }

    /// <summary>Its device has work: what comes over the network does not show that it is well.</summary>
    private bool IsScoring => _leases.Exists(lease => lease.Stage == LeaseProgress.Types.Stage.Scoring);

    /// <summary>Something was done for one of its leases.</summary>
    private void NoteProgress(TimeSpan now)
    {
        if (now == ProgressAt)
            return;
        // Forgotten with time: one that was held up for a while is not slow for ever.
        var faded = LongestPause * 0.95;
        var pause = now - ProgressAt;
        (LongestPause, ProgressAt) = (pause > faded ? pause : faded, now);
    }

    /// <summary>Rows of one of its leases have come that nobody had sent before.</summary>
    public void NoteStored(BatchRecord batch, RunLease lease, TimeSpan now)
    {
        RowsStored += batch.Rows.Count;
        Paces.Scoring.Note(
            batch.Rows.Count, (now - (LastStored > lease.BeganAt ? LastStored : lease.BeganAt)).TotalSeconds);
        LastStored = now;
        NoteProgress(now);
        Changed?.Invoke(this);
    }
}
