using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Protos.V1;

namespace FineWebTorch.Coordinator.Scheduling;

/// <summary>An input file and how far the run has come with it. Tells <see cref="RunFiles"/> of every change.</summary>
/// <param name="record">As the ledger has it.</param>
/// <param name="rows">Of it that are to be scored.</param>
/// <param name="windows">The same in windows.</param>
internal sealed class RunFile(FileRecord record, long rows, int windows)
{
    private WindowSet _complete = new(windows);
    private readonly List<RunLease> _leases = [];
    private readonly List<FailedAttempt> _failedAttempts = [];
    private readonly SortedSet<int> _probed = [];
    private SortedSet<int>? _suspects;

    public FileRecord Record { get; private set; } = record;

    /// <summary>Place in the run's ordinal order.</summary>
    public int Index => Record.Index;

    public FileStage Stage { get; private set; } =
        record.Failure is not null ? FileStage.Failed : windows == 0 ? FileStage.Scored : FileStage.Scoring;

    /// <summary>That are to be scored.</summary>
    public long Rows { get; private set; } = rows;

    public int Windows { get; private set; } = windows;

    public int CompleteWindows => _complete.Count;

    /// <summary>Incomplete windows that nobody holds, but for those that are probed.</summary>
    public int UnleasedWindows { get; private set; } = windows;

    /// <summary>There are windows for whoever asks.</summary>
    public bool HasWork => UnleasedWindows > 0 || IsProbedNext;

    /// <summary>Over the rows that are scored.</summary>
    public ScoreTotals Totals { get; private set; } = new();

    /// <summary>Who has scored it, in the order in which they began.</summary>
    public List<WorkRecord> Work { get; } = [];

    /// <summary>What has been handed over; null while there is nothing.</summary>
    public ShardRecord? Shard { get; private set; }

    /// <summary>The coordinator itself is reading the file for its digest.</summary>
    public bool DigestUnderWay { get; private set; }

    public IReadOnlyList<RunLease> Leases => _leases;

    /// <summary>Attempts that came to nothing.</summary>
    public IReadOnlyList<FailedAttempt> FailedAttempts => _failedAttempts;

    /// <summary>Not handed out before this time, after a failed attempt.</summary>
    public TimeSpan RetryAt { get; private set; }

    /// <summary>Workers lost in a row before any of them got something done on this file.</summary>
    public int LostInARow { get; private set; }

    public TimeSpan LastLostAt { get; private set; }

    /// <summary>Who last sent scores: it has the file at hand for building the shard.</summary>
    public string? LastScorer { get; private set; }

    /// <summary>Who was last given rows of a window that is probed: others get the next ones.</summary>
    public string? LastProber { get; private set; }

    /// <summary>What is to be scored next is a part of a window that is probed.</summary>
    public bool IsProbedNext => _probed.Any(window => !IsLeased(window));

    public bool IsOpen => Stage is not (FileStage.Done or FileStage.Failed);

    public bool IsDigestKnown => Record.Sha256 is not null;

    /// <summary>Hears of every change; null while the run is being read back.</summary>
    public Action<RunFile>? Changed { private get; set; }

    public bool IsComplete(int window) => _complete.Contains(window);

    public void MarkComplete(int window)
    {
        if (!_complete.Add(window))
            throw new InvalidOperationException(
                $"window {window} of file {Index} was complete already. This is a bug.");
        _suspects?.Remove(window);
        if (!_probed.Remove(window) && !IsLeased(window))
            UnleasedWindows--;
        if (CompleteWindows == Windows && Stage == FileStage.Scoring)
            Stage = FileStage.Scored;
        Changed?.Invoke(this);
    }

    /// <summary>All windows at once, as the ledger has them of a file that has had a shard.</summary>
    public void MarkComplete(FileTotalsRecord totals)
    {
        if (totals.Windows != Windows)
            throw new InvalidOperationException(
                $"file {Index} has {Windows} windows, and totals over {totals.Windows}. This is a bug.");
        for (var window = 0; window < Windows; window++)
            _complete.Add(window);
        UnleasedWindows = 0;
        Totals.Add(totals);
        if (Stage == FileStage.Scoring)
            Stage = FileStage.Scored;
        Changed?.Invoke(this);
    }

    /// <summary>Its windows are held from now on.</summary>
    public void Add(RunLease lease)
    {
        _leases.Add(lease);
        UnleasedWindows -= FreeIn(lease.Windows) - FreeInBoth(lease);
        if (lease.Probe is not null)
            LastProber = lease.WorkerId;
        Changed?.Invoke(this);
    }

    public void Remove(RunLease lease)
    {
        _leases.Remove(lease);
        UnleasedWindows += FreeIn(lease.Windows) - FreeInBoth(lease);
        Changed?.Invoke(this);
    }

    /// <summary>The last windows of a lease are free again.</summary>
    public void Shrink(RunLease lease, int end)
    {
        UnleasedWindows += FreeIn(lease.Windows with { First = end });
        lease.ShrinkTo(end);
        Changed?.Invoke(this);
    }

    public void Add(WorkRecord work)
    {
        var index = Work.FindIndex(one => one.WorkerId == work.WorkerId);
        if (index < 0)
            Work.Add(work);
        else
            Work[index] = Work[index] with { Rows = Work[index].Rows + work.Rows, Last = work.Last };
    }

    /// <param name="retryAt">When it may be handed out again.</param>
    public void Add(FailedAttempt attempt, TimeSpan retryAt)
    {
        _failedAttempts.Add(attempt);
        RetryAt = retryAt;
        Changed?.Invoke(this);
    }

    /// <summary>Takes attempts back.</summary>
    public void Forget(Predicate<FailedAttempt> attempts)
    {
        if (_failedAttempts.RemoveAll(attempts) > 0)
            Changed?.Invoke(this);
    }

    /// <summary>From now on rows of this window are scored apart from each other, by one worker after another.
    /// </summary>
    public void Probe(int window)
    {
        if (!IsComplete(window) && _probed.Add(window) && !IsLeased(window))
            UnleasedWindows--;
        Changed?.Invoke(this);
    }

    /// <summary>A worker has ended over this window, perhaps because of a document in it.</summary>
    public void Suspect(int window)
    {
        if (!IsComplete(window))
            (_suspects ??= []).Add(window);
    }

    public bool HasSuspect(WindowRange range) =>
        _suspects is { Count: > 0 } && _suspects.GetViewBetween(range.First, range.End - 1).Count > 0;

    /// <summary>Something of it was scored.</summary>
    public void NoteProgress(string workerId)
    {
        if (LostInARow == 0 && LastScorer == workerId)
            return;
        (LostInARow, LastScorer) = (0, workerId);
        Changed?.Invoke(this);
    }

    /// <summary>A worker vanished that had got nothing done on it.</summary>
    public void NoteLost(TimeSpan now)
    {
        LastLostAt = now;
        LostInARow++;
        Changed?.Invoke(this);
    }

    public void BeginDigest()
    {
        DigestUnderWay = true;
        Changed?.Invoke(this);
    }

    public void EndDigest()
    {
        DigestUnderWay = false;
        Changed?.Invoke(this);
    }

    public void SetDigest(string sha256)
    {
        Record = Record with { Sha256 = sha256 };
        Changed?.Invoke(this);
    }

    /// <summary>Ends the file without a shard.</summary>
    public void Fail(string reason)
    {
        Stage = FileStage.Failed;
        Record = Record with { Failure = reason };
        Changed?.Invoke(this);
    }

    /// <summary>One that has failed is tried again, with the scores that it has.</summary>
    /// <param name="record">As the file is now. Where it is another one, it must have no scores.</param>
    /// <param name="rows">Of it that are to be scored.</param>
    /// <param name="windows">The same in windows.</param>
    public void Reopen(FileRecord record, long rows, int windows)
    {
        Record = record;
        _failedAttempts.Clear();
        (RetryAt, LostInARow) = (TimeSpan.Zero, 0);
        if (windows != Windows)
        {
            (Windows, UnleasedWindows, _complete) = (windows, windows, new WindowSet(windows));
            _probed.Clear();
        }

        Rows = rows;
        Stage = CompleteWindows == Windows ? FileStage.Scored : FileStage.Scoring;
        Changed?.Invoke(this);
    }

    /// <summary>It is to be scored from the beginning; nobody holds it.</summary>
    public void DropScores()
    {
        (_complete, UnleasedWindows, Totals) = (new WindowSet(Windows), Windows, new ScoreTotals());
        _probed.Clear();
        Work.Clear();
        Stage = Windows == 0 ? FileStage.Scored : FileStage.Scoring;
        Changed?.Invoke(this);
    }

    /// <summary>Its shard has arrived, or lies in its place already.</summary>
    public void Take(ShardRecord shard)
    {
        Shard = shard;
        Stage = shard.Done ? FileStage.Done : FileStage.Committing;
        Changed?.Invoke(this);
    }

    /// <summary>The shard could not be brought to its place: it is to be built again.</summary>
    public void DropShard()
    {
        Shard = null;
        Stage = FileStage.Scored;
        Changed?.Invoke(this);
    }

    public int IncompleteIn(WindowRange range) => range.End <= range.First ? 0 : range.Count - _complete.CountIn(range);

    /// <summary>From the first of a range's incomplete windows, of which there are some, to its last.</summary>
    public WindowRange IncompletePartOf(WindowRange range)
    {
        while (IsComplete(range.First))
            range = range with { First = range.First + 1 };
        while (IsComplete(range.End - 1))
            range = range with { End = range.End - 1 };
        return range;
    }

    public bool IsProbed(int window) => _probed.Contains(window);

    /// <summary>
    /// What is to be scored next: a window that is probed and held by nobody, else the first incomplete windows that
    /// nobody holds, up to the next lease or the end of the file.
    /// </summary>
    public WindowRange? FirstUnleased()
    {
        foreach (var window in _probed.Where(window => !IsLeased(window)))
            return new WindowRange(window, window + 1);
        return FirstUnleased(0);
    }

    /// <summary>The first incomplete windows from this one on that nobody holds and that are not probed.</summary>
    public WindowRange? FirstUnleased(int from)
    {
        for (var first = from; first < Windows; first++)
        {
            if (IsComplete(first) || IsHeld(first))
                continue;
            var end = first + 1;
            var lastIncomplete = first;
            for (; end < Windows && !IsHeld(end); end++)
                lastIncomplete = IsComplete(end) ? lastIncomplete : end;
            return new WindowRange(first, lastIncomplete + 1);
        }

        return null;
    }

    /// <summary>Incomplete windows that count among <see cref="UnleasedWindows"/> while nobody holds them.</summary>
    private int FreeIn(WindowRange range) =>
        IncompleteIn(range) - _probed.GetViewBetween(range.First, Math.Max(range.First, range.End - 1))
            .Count(window => range.Contains(window));

    /// <summary>The same, of those that the lease's twin holds as well.</summary>
    private int FreeInBoth(RunLease lease) => lease.Twin is not { } twin ? 0 : FreeIn(new WindowRange(
        Math.Max(lease.Windows.First, twin.Windows.First), Math.Min(lease.Windows.End, twin.Windows.End)));

    private bool IsHeld(int window) => IsProbed(window) || IsLeased(window);

    private bool IsLeased(int window) => _leases.Exists(lease => lease.Windows.Contains(window));
}

/// <summary>How far a file has come.</summary>
internal enum FileStage
{
    /// <summary>Windows without all their scores are left.</summary>
    Scoring,

    /// <summary>Every score is stored; the shard is to be built.</summary>
    Scored,

    /// <summary>The shard has arrived and is being moved into place.</summary>
    Committing,

    Done,

    /// <summary>Given up: the reason is in the file's record.</summary>
    Failed,
}

/// <summary>A worker that could not do its part of a file, and why.</summary>
internal sealed record FailedAttempt(string WorkerId, string Worker, string Reason)
{
    /// <summary>What it was to do.</summary>
    public LeaseKind Kind { get; init; } = LeaseKind.Score;

    /// <summary>Whose, as far as the worker can tell.</summary>
    public LeaseEnded.Types.Fault Fault { get; init; }

    /// <summary>Where the worker is.</summary>
    public string Machine { get; init; } = "";

    /// <summary>The worker had got something done before.</summary>
    public bool WasProven { get; init; }

    public TimeSpan At { get; init; }

    public FailureRecord ToRecord(int file) => new(file, WorkerId, Worker, Reason)
    {
        Kind = Kind,
        Fault = Fault,
        Machine = Machine,
    };

    public static FailedAttempt From(FailureRecord record) => new(record.WorkerId, record.Worker, record.Reason)
    {
        Kind = record.Kind,
        Fault = record.Fault,
        Machine = record.Machine,
    };
}
