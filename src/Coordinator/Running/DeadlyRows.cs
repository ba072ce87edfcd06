using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Options;
using FineWebTorch.Coordinator.Scheduling;

namespace FineWebTorch.Coordinator.Running;

/// <summary>
/// Finds documents that end the processes of workers, see <see cref="SuspectWindows"/>, and gives them up: such a row
/// gets no score, for this reason. What is known of them is in the ledger.
/// </summary>
internal sealed class DeadlyRows
{
    private readonly RunState _state;
    private readonly RunSpec _spec;
    private readonly ScoreStore _scores;
    private readonly Outbox _outbox;
    private readonly SuspectWindows _suspects;

    public DeadlyRows(RunState state, RunSpec spec, ScoreStore scores, Outbox outbox)
    {
        (_state, _spec, _scores, _outbox) = (state, spec, scores, outbox);
        _suspects = new SuspectWindows(suspect => outbox.Change(new LedgerChange.SuspectNoted(suspect)));
    }

    public void Restore(IReadOnlyList<SuspectRecord> suspects)
    {
        _suspects.Restore(suspects);
        foreach (var suspect in suspects)
        {
            _state.Files.Find(suspect.File)?.Suspect(suspect.Window);
            if (suspect.Groups.Count > 0)
                _state.Files.Find(suspect.File)?.Probe(suspect.Window);
        }
    }

    /// <summary>The rows of a window that a lease is for; null where they are all.</summary>
    public IReadOnlyList<int>? ProbeOf(RunFile file, int window) => !file.IsProbed(window)
        ? null
        : _suspects.NextProbe(file.Index, window, row => _scores.IsStored(file.Index, window, row)) ??
            _scores.UnstoredRows(file.Index, window);

    /// <summary>
    /// The worker of a lease, which is closed by now, has ended without a word. It computed the first window of which
    /// rows were left; before it had opened the file, no row can have been at fault.
    /// </summary>
    public void NoteEnd(RunLease lease)
    {
        var file = _state.Files[lease.File];
        if (lease.Kind != LeaseKind.Score || !lease.HasOpened || !file.IsOpen)
            return;
        var window = Enumerable.Range(lease.Windows.First, lease.Windows.Count)
            .FirstOrDefault(window => !file.IsComplete(window), -1);
        if (window < 0)
            return;
        file.Suspect(window);
        var unstored = _scores.UnstoredRows(file.Index, window);
        var rows = _scores.RowsOfWindow(file.Index, (uint)window);
        var othersScored = unstored.Count < rows || (rows == 1 && _state.Progress.Any);
        if (_suspects.NoteEnd(file.Index, window, lease.Probe, unstored, othersScored) is { } row)
            GiveUp(file, window, row);
        if (_suspects.IsProbed(file.Index, window))
            file.Probe(window);
    }

    /// <summary>Scores of these windows have come: of those that are complete nothing need be known any more.</summary>
    public void Forget(RunFile file, IEnumerable<int> windows)
    {
        foreach (var window in windows)
        {
            if (file.IsComplete(window) && _suspects.Forget(file.Index, window))
                _outbox.Change(new LedgerChange.SuspectCleared(file.Index, window));
        }
    }

    /// <summary>The file is scored anew.</summary>
    public void Forget(RunFile file) => _suspects.Forget(file.Index);

    private void GiveUp(RunFile file, int window, int row)
    {
        _scores.GiveUp(file.Index, window, row);
        _outbox.Tell(new RunEvent.DocumentEndsWorkers(
            file.Record.Name, ((long)window * _spec.WindowRows) + row));
        Forget(file, [window]);
    }
}
