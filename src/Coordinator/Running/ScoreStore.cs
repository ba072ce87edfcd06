using System.Globalization;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Options;
using FineWebTorch.Coordinator.Scheduling;
using FineWebTorch.Model;
using FineWebTorch.Protos.V1;

namespace FineWebTorch.Coordinator.Running;

/// <summary>
/// Takes scores in and counts them. What workers send is checked here: whatever is stored ends up in a published shard.
/// Scores of complete windows lie in the ledger alone; those of the others are here as well.
/// </summary>
internal sealed class ScoreStore(RunState state, RunSpec spec, Outbox outbox)
{
    /// <summary>The numeric class of rows that nobody could compute.</summary>
    private const string NotComputed = "not computed";

    private readonly Dictionary<(int File, int Window), OpenWindow> _partial = [];

    /// <summary>Over all files.</summary>
    public ScoreTotals Totals { get; } = new();

    /// <summary>Whether the model gives scores at all.</summary>
    public ScoreHealth Health { get; } = new();

    public void Restore(LedgerContents contents)
    {
        foreach (var window in contents.Windows)
        {
            state.Files[window.File].MarkComplete(window.Window);
            state.Files[window.File].Totals.Add(window);
            Totals.Add(window);
        }

        foreach (var totals in contents.Totals)
        {
            state.Files[totals.File].MarkComplete(totals);
            Totals.Add(totals);
        }

        Totals.Add(contents.Finished);
        // Counts tell how many rows have no score, and only their scores tell why.
        var files = contents.Windows.Select(window => window.File).Distinct()
            .Concat(contents.Totals.Select(totals => totals.File)).Concat(contents.Finished.Files);
        foreach (var scores in Totals.Rows > Totals.Unscorable ? [[0f]] : files.SelectMany(ScoresOf))
            Examine(scores);
        foreach (var batch in contents.Batches)
            Add(batch);

        IEnumerable<float[]> ScoresOf(int file) => contents.ReadScores(file).Select(window => window.Scores);
    }

    /// <returns>Null for a window of which no row is stored, or all are.</returns>
    public OpenWindow? FindPartial(int file, int window) => _partial.GetValueOrDefault((file, window));

    public bool IsStored(int file, int window, int row) =>
        state.Files[file].IsComplete(window) || FindPartial(file, window)?.IsStored(row) == true;

    /// <summary>Rows of a window without a score.</summary>
    public IReadOnlyList<int> UnstoredRows(int file, int window) =>
        [.. Enumerable.Range(0, RowsOfWindow(file, (uint)window)).Where(row => !IsStored(file, window, row))];

    /// <summary>The row gets no score, because it ends whoever scores it.</summary>
    public void GiveUp(int file, int window, int row) => Keep(new BatchRecord(
        file, window, [(uint)row], [EduScore.Unscorable(UnscorableReason.EndsWorker)], NotComputed, 0));

    /// <summary>Nothing of the file has been scored, as far as this run is concerned.</summary>
    public void Drop(RunFile file)
    {
        Totals.Remove(file.Totals);
        foreach (var (_, window) in _partial.Keys.Where(key => key.File == file.Index).ToList())
            _partial.Remove((file.Index, window));
        file.DropScores();
    }

    /// <summary>Stores the batches of a report up to the first faulty one.</summary>
    /// <returns>What is wrong with that one; null where none is.</returns>
    public string? Store(RunWorker worker, RunLease lease, ScoreReport report, TimeSpan now)
    {
        var before = worker.RowsStored;
        string? fault = null;
        foreach (var scored in report.Batches)
        {
            fault = Check(scored, RowsOfWindow(lease.File, scored.Window));
            if (fault is not null)
                break;
            // Outside: given to another worker before this one had heard of it.
            if (lease.Windows.Contains((int)scored.Window))
                Store(worker, lease, scored, now);
        }

        if (worker.RowsStored > before)
            Note(worker, lease.File, worker.RowsStored - before, state.TimeOfDay(now));
        return fault;
    }

    private void Note(RunWorker worker, int file, long rows, DateTimeOffset now)
    {
        var work = new WorkRecord(file, worker.Id, worker.Name, worker.DeviceName, rows, now, now);
        state.Files[file].Add(work);
        outbox.Change(new LedgerChange.WorkDone(work));
    }

    private void Store(RunWorker worker, RunLease lease, ScoredBatch batch, TimeSpan now)
    {
        var file = state.Files[lease.File];
        var window = (int)batch.Window;
        if (file.IsComplete(window) || PartialOf(file.Index, window).Fresh(batch.Rows) is not { Count: > 0 } places)
            return;
        var fresh = ToRecord(lease.File, batch, places);
        lease.NoteStored(now);
        file.NoteProgress(worker.Id);
        worker.Health.NoteSuccess();
        state.Progress.Note(file.Index, now);
        worker.NoteStored(fresh, lease, now);
        Instrumentation.Scored(fresh.Scores);
        WarnOfMixedClasses(fresh.NumericClass);
        // Done with a window, it reads the next.
        lease.NoteReading(fresh.Window + (Keep(fresh) ? 1 : 0));
    }

    /// <returns>Whether the window is complete now.</returns>
    private bool Keep(BatchRecord fresh)
    {
        var partial = Add(fresh);
        if (!partial.IsComplete)
        {
            outbox.Change(new LedgerChange.BatchStored(fresh));
            return false;
        }

        _partial.Remove((fresh.File, fresh.Window));
        state.Files[fresh.File].MarkComplete(fresh.Window);
        outbox.Change(new LedgerChange.WindowCompleted(
            partial.Summarize(fresh.File, fresh.Window), partial.Scores));
        return true;
    }

    private void Examine(float[] scores)
    {
        Health.Add(scores);
        state.BuildsWait = Health.IsInDoubt;
    }

    private OpenWindow Add(BatchRecord batch)
    {
        Examine(batch.Scores);
        var partial = PartialOf(batch.File, batch.Window);
        partial.Add(batch, spec.Keep);
        state.Files[batch.File].Totals.Add(batch, spec.Keep);
        Totals.Add(batch, spec.Keep);
        return partial;
    }

    private OpenWindow PartialOf(int file, int window)
    {
        if (!_partial.TryGetValue((file, window), out var partial))
            _partial.Add((file, window), partial = new OpenWindow(RowsOfWindow(file, (uint)window)));
        return partial;
    }

    /// <summary>0 for a window that the file does not have.</summary>
    public int RowsOfWindow(int file, uint window) =>
        (int)Math.Clamp(state.Files[file].Rows - ((long)window * spec.WindowRows), 0, spec.WindowRows);

    private void WarnOfMixedClasses(string numericClass)
    {
        if (RowClasses.Computed(Totals.RowsByClass).Keys.ToList() is not [var first] || first == numericClass)
            return;
        outbox.Tell(new RunEvent.Warning(
            $"scores now come from '{numericClass}' beside '{first}': the last bits of " +
            "scores depend on which worker computed them; manifests name the rows of each"));
    }

    /// <param name="windowRows">0: the file has no such window.</param>
    /// <returns>What is wrong, or null.</returns>
    private static string? Check(ScoredBatch batch, int windowRows)
    {
        if (windowRows == 0)
            return $"the file has no window {batch.Window}";
        if (batch.Scores.Length != batch.Rows.Count * sizeof(float))
            return $"{batch.Scores.Length} bytes of scores for {batch.Rows.Count} rows";
        if (batch.TokenCounts.Count != batch.Rows.Count)
            return $"{batch.TokenCounts.Count} counts of tokens for {batch.Rows.Count} rows";
        if (batch.Rows.Any(row => row >= windowRows))
            return $"row {batch.Rows.Max()} in window {batch.Window}, which has {windowRows} rows";
        if (batch.Rows.Distinct().Count() != batch.Rows.Count)
            return $"a row came twice in a batch of window {batch.Window}";
        foreach (var score in LittleEndian.ToFloats(batch.Scores.Span))
        {
            // What ends workers is found out here: none lives to tell.
            if (!EduScore.IsValid(score) || EduScore.ReasonOf(score) == UnscorableReason.EndsWorker)
                return $"a score in window {batch.Window} was {score.ToString(CultureInfo.InvariantCulture)}";
        }

        return null;
    }

    /// <param name="places">Of the rows that count, within the batch.</param>
    private static BatchRecord ToRecord(int file, ScoredBatch batch, IReadOnlyList<int> places)
    {
        var scores = LittleEndian.ToFloats(batch.Scores.Span);
        return new BatchRecord(
            file, (int)batch.Window, [.. places.Select(i => batch.Rows[i])], [.. places.Select(i => scores[i])],
            batch.NumericClass, places.Sum(i => (long)batch.TokenCounts[i]));
    }
}

/// <summary>The scores of a window that is not complete yet.</summary>
internal sealed class OpenWindow(int rows)
{
    /// <summary>A bit a row: thousands of windows are open at a time.</summary>
    private readonly byte[] _stored = new byte[(rows + 7) / 8];

    private readonly ScoreTotals _totals = new();

    public float[] Scores { get; } = new float[rows];

    public bool IsComplete => _totals.Rows == Scores.Length;

    /// <summary>Bit i of byte i / 8, lowest first, stands for row i.</summary>
    public byte[] StoredRows() => [.. _stored];

    public bool IsStored(int row) => (_stored[row / 8] >> (row % 8) & 1) == 1;

    /// <summary>Which of a batch's rows are not here already: their places within the batch.</summary>
    public IReadOnlyList<int> Fresh(IReadOnlyList<uint> rows) =>
        [.. Enumerable.Range(0, rows.Count).Where(i => !IsStored((int)rows[i]))];

    /// <summary>Adds rows none of which is here already.</summary>
    public void Add(BatchRecord batch, KeepRule keep)
    {
        for (var i = 0; i < batch.Rows.Count; i++)
        {
            var row = (int)batch.Rows[i];
            _stored[row / 8] |= (byte)(1 << (row % 8));
            Scores[row] = batch.Scores[i];
        }

        _totals.Add(batch, keep);
    }

    public WindowRecord Summarize(int file, int window) => new(
        file, window, _totals.Rows, _totals.Kept, _totals.Unscorable, _totals.Tokens, _totals.RowsByClass);
}
