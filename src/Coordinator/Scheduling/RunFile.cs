using FineWebTorch.Coordinator.Ledger;

namespace FineWebTorch.Coordinator.Scheduling;

/// <summary>An input file and how far the run has come with it.</summary>
/// <param name="record">As the ledger has it.</param>
/// <param name="windows">Windows of it that are to be scored.</param>
internal sealed class RunFile(FileRecord record, int windows)
{
    private readonly bool[] _complete = new bool[windows];

    public FileRecord Record { get; private set; } = record;

    /// <summary>Place in the run's ordinal order.</summary>
    public int Index => Record.Index;

    public FileStage Stage { get; private set; } =
        record.Failure is not null ? FileStage.Failed : windows == 0 ? FileStage.Scored : FileStage.Scoring;

    public int Windows => _complete.Length;

    public int CompleteWindows { get; private set; }

    /// <summary>Over the rows that are scored.</summary>
    public ScoreTotals Totals { get; } = new();

    /// <summary>Who has scored it, in the order in which they began.</summary>
    public List<WorkRecord> Work { get; } = [];

    /// <summary>What has been handed over; null while there is nothing.</summary>
    public ShardRecord? Shard { get; private set; }

    /// <summary>The coordinator itself is reading the file for its digest.</summary>
    public bool DigestUnderWay { get; set; }

    public List<RunLease> Leases { get; } = [];

    /// <summary>Attempts that came to nothing.</summary>
    public List<FailedAttempt> FailedAttempts { get; } = [];

    /// <summary>Not handed out before this time, after a failed attempt.</summary>
    public TimeSpan RetryAt { get; set; }

    /// <summary>Workers lost in a row before any of them got something done on this file.</summary>
    public int LostInARow { get; set; }

    /// <summary>Who last sent scores: it has the file at hand for building the shard.</summary>
    public string? LastScorer { get; set; }

    public bool IsOpen => Stage is not (FileStage.Done or FileStage.Failed);

    public bool IsDigestKnown => Record.Sha256 is not null;

    public bool IsComplete(int window) => _complete[window];

    public void MarkComplete(int window)
    {
        if (_complete[window])
            throw new InvalidOperationException(
                $"window {window} of file {Index} was complete already. This is a bug.");
        _complete[window] = true;
        CompleteWindows++;
        if (CompleteWindows == Windows && Stage == FileStage.Scoring)
            Stage = FileStage.Scored;
    }

    /// <summary>All windows at once, as the ledger has them of a file that has had a shard.</summary>
    public void MarkComplete(FileTotalsRecord totals)
    {
        if (totals.Windows != Windows)
            throw new InvalidOperationException(
                $"file {Index} has {Windows} windows, and totals over {totals.Windows}. This is a bug.");
        Array.Fill(_complete, true);
        CompleteWindows = Windows;
        Totals.Add(totals);
        if (Stage == FileStage.Scoring)
            Stage = FileStage.Scored;
    }

    public void Add(WorkRecord work)
    {
        var index = Work.FindIndex(one => one.WorkerId == work.WorkerId);
        if (index < 0)
            Work.Add(work);
        else
            Work[index] = Work[index] with { Rows = Work[index].Rows + work.Rows, Last = work.Last };
    }

    public void SetDigest(string sha256) => Record = Record with { Sha256 = sha256 };

    /// <summary>Ends the file without a shard.</summary>
    public void Fail(string reason)
    {
        Stage = FileStage.Failed;
        Record = Record with { Failure = reason };
    }

    /// <summary>Its shard has arrived, or lies in its place already.</summary>
    public void Take(ShardRecord shard)
    {
        Shard = shard;
        Stage = shard.Done ? FileStage.Done : FileStage.Committing;
    }

    /// <summary>The shard could not be brought to its place: it is to be built again.</summary>
    public void DropShard()
    {
        Shard = null;
        Stage = FileStage.Scored;
    }

    public int IncompleteIn(WindowRange range)
    {
        var count = 0;
        for (var window = range.First; window < range.End; window++)
            count += _complete[window] ? 0 : 1;
        return count;
    }

    /// <summary>The first incomplete windows that nobody holds, up to the next lease or the end of the file.</summary>
    public WindowRange? FirstUnleased()
    {
        for (var first = 0; first < Windows; first++)
        {
            if (_complete[first] || IsLeased(first))
                continue;
            var end = first + 1;
            var lastIncomplete = first;
            for (; end < Windows && !IsLeased(end); end++)
                lastIncomplete = _complete[end] ? lastIncomplete : end;
            return new WindowRange(first, lastIncomplete + 1);
        }

        return null;
    }

    private bool IsLeased(int window) => Leases.Exists(lease => lease.Windows.Contains(window));
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
internal sealed record FailedAttempt(string WorkerId, string Worker, string Reason);
