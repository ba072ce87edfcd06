using FineWebTorch.Coordinator.Ledger;

namespace FineWebTorch.Coordinator.Scheduling;

/// <summary>
/// Windows over which workers have ended without a word, and the search for the row that ends them: after the second
/// such end without progress in between, the rows without a score are scored in halves, by one worker after another,
/// and every half that ends one is halved again. A row that has ended two workers alone is given up.
/// </summary>
/// <remarks>
/// Halves wait in a queue, the new ones behind the old: between two ends an innocent half is scored, which shows that
/// workers are well. Machines that are taken away at random mislead the search at worst to halve an innocent half once
/// more, which costs nothing but time.
/// </remarks>
internal sealed class SuspectWindows(Action<SuspectRecord> changed)
{
    /// <summary>Ends in a row over a window, or over one row of it, that are no chance any more.</summary>
    public const int Enough = 2;

    private readonly Dictionary<(int File, int Window), SuspectRecord> _suspects = [];

    public void Restore(IEnumerable<SuspectRecord> suspects)
    {
        foreach (var suspect in suspects)
            _suspects[(suspect.File, suspect.Window)] = suspect;
    }

    /// <summary>The window may be scored by probes alone.</summary>
    public bool IsProbed(int file, int window) => Find(file, window) is { Groups.Count: > 0 };

    /// <summary>The rows that are to be scored next, those with a score left out; null where none are.</summary>
    public IReadOnlyList<int>? NextProbe(int file, int window, Func<int, bool> isStored) =>
        Find(file, window)?.Groups.Select(group => group.Where(row => !isStored(row)).ToList())
            .FirstOrDefault(group => group.Count > 0);

    /// <summary>A worker has ended that was at this window.</summary>
    /// <param name="probe">The rows that it was given alone; null where it had the whole window.</param>
    /// <param name="unstored">Rows of the window without a score.</param>
    /// <param name="othersScored">
    /// Others beside them have one: where no row can be scored it is the workers that are ill, not every row.
    /// </param>
    /// <returns>The row that is to be given up; null where none is.</returns>
    public int? NoteEnd(
        int file, int window, IReadOnlyList<int>? probe, IReadOnlyList<int> unstored, bool othersScored)
    {
        if (unstored.Count == 0)
            return null;
        var known = Find(file, window) ?? new SuspectRecord(file, window, 0, unstored.Count, []);
        if (probe is null || known.Groups.Count == 0)
        {
            Note(AfterWhole(known, unstored));
            return null;
        }

        var left = probe.Intersect(unstored).ToList();
        if (left.Count == 1 && othersScored && known.Ends + 1 >= Enough && known.Groups[0].SequenceEqual(left))
        {
            // Alone for the second time.
            Note(known with { Ends = 0, Groups = Without(known, left) });
            return left[0];
        }

        Note(AfterProbe(known, left, othersScored));
        return null;
    }

    /// <summary>Every row of the window has a score, or a reason for none.</summary>
    public bool Forget(int file, int window) => _suspects.Remove((file, window));

    /// <summary>Of all windows of a file.</summary>
    public void Forget(int file)
    {
        foreach (var suspect in _suspects.Values.Where(suspect => suspect.File == file).ToList())
            _suspects.Remove((suspect.File, suspect.Window));
    }

    private static SuspectRecord AfterWhole(SuspectRecord known, IReadOnlyList<int> unstored)
    {
        var ends = unstored.Count < known.Unstored ? 1 : known.Ends + 1;
        return new SuspectRecord(
            known.File, known.Window, ends < Enough ? ends : 0, unstored.Count, ends < Enough ? [] : Halves(unstored));
    }

    /// <summary>A row alone is tried once more at once: it is known best while it is fresh.</summary>
    private static SuspectRecord AfterProbe(SuspectRecord known, List<int> left, bool othersScored) => left.Count switch
    {
        0 => known,
        1 when !othersScored => known with { Ends = 0, Groups = [.. Without(known, left), left] },
        1 => known with { Ends = 1, Groups = [left, .. Without(known, left)] },
        _ => known with { Ends = 0, Groups = [.. Without(known, left), .. Halves(left)] },
    };

    private static List<IReadOnlyList<int>> Without(SuspectRecord known, List<int> rows)
    {
        var gone = rows.ToHashSet();
        return [.. known.Groups.Where(group => !group.Any(gone.Contains))];
    }

    private static IReadOnlyList<int>[] Halves(IReadOnlyList<int> rows) => rows.Count == 1
        ? [rows]
        : [[.. rows.Take(rows.Count / 2)], [.. rows.Skip(rows.Count / 2)]];

    private SuspectRecord? Find(int file, int window) => _suspects.GetValueOrDefault((file, window));

    private void Note(SuspectRecord suspect)
    {
        _suspects[(suspect.File, suspect.Window)] = suspect;
        changed(suspect);
    }
}
