namespace FineWebTorch.Coordinator.Scheduling;

/// <summary>What scheduling knows of a file.</summary>
internal sealed class FileState(int index, int windows)
{
    private readonly bool[] _complete = new bool[windows];

    /// <summary>Place in the run's ordinal order.</summary>
    public int Index { get; } = index;

    public int Windows => _complete.Length;

    public int CompleteWindows { get; private set; }

    public FileStage Stage { get; set; } = windows == 0 ? FileStage.Scored : FileStage.Scoring;

    public bool DigestKnown { get; set; }

    /// <summary>The coordinator itself is reading the file for its digest.</summary>
    public bool DigestUnderWay { get; set; }

    public List<LeaseState> Leases { get; } = [];

    public List<FileFailure> Failures { get; } = [];

    /// <summary>Not handed out before this time, after a failure.</summary>
    public TimeSpan RetryAt { get; set; }

    /// <summary>Workers lost in a row before any of them got something done on this file.</summary>
    public int LostInARow { get; set; }

    /// <summary>Who last sent scores: it has the file at hand for building the shard.</summary>
    public string? LastScorer { get; set; }

    public bool IsOpen => Stage is not (FileStage.Done or FileStage.SetAside);

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
