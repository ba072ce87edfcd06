using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Scheduling;

namespace FineWebTorch.Coordinator.Tests.Running;

/// <summary>The search for the row that ends workers.</summary>
public sealed class SuspectWindowsTests
{
    private const int Rows = 64;

    private readonly HashSet<int> _stored = [];
    private readonly Dictionary<(int, int), SuspectRecord> _ledger = [];
    private SuspectWindows _suspects;

    public SuspectWindowsTests() => _suspects = Create();

    public static TheoryData<int> AllRows => [.. Enumerable.Range(0, Rows)];

    [Theory]
    [MemberData(nameof(AllRows))]
    public void Search_OneRowEndsWorkers_FindsItAndScoresTheOthers(int killer)
    {
        var (ends, mostInARow) = Search([killer], restartAfterEach: false);

        Assert.Equal(Rows, _stored.Count);
        Assert.InRange(ends, 3, 9); // 2 over the window, 6 halvings, the last one twice
        Assert.InRange(mostInARow, 2, 4);
    }

    [Fact]
    public void Search_TwoRowsEndWorkers_FindsBoth()
    {
        Search([5, 40], restartAfterEach: false);
        Assert.Equal(Rows, _stored.Count);
    }

    [Fact]
    public void Search_TheCoordinatorIsStartedAgainAfterEachEnd_TakesNoMoreEnds()
    {
        var undisturbed = Search([37], restartAfterEach: false);
        Assert.Equal(undisturbed, new SuspectWindowsTests().Search([37], restartAfterEach: true));
    }

    [Fact]
    public void Forgotten_WithTheirFile_AreItsWindowsAlone()
    {
        foreach (var (file, window) in (IEnumerable<(int, int)>)[(0, 0), (0, 1), (1, 0)])
        {
            for (var end = 0; end < SuspectWindows.Enough; end++)
                _suspects.NoteEnd(file, window, null, [0, 1, 2, 3], othersScored: true);
        }

        _suspects.Forget(0);

        Assert.Equal((false, false, true), (_suspects.IsProbed(0, 0), _suspects.IsProbed(0, 1), _suspects.IsProbed(1, 0)));
        Assert.Null(_suspects.NextProbe(0, 1, _ => false));
        Assert.Equal([0, 1], _suspects.NextProbe(1, 0, _ => false));
    }

    /// <summary>One that had the whole window before it was probed says as much as one of those before.</summary>
    [Fact]
    public void End_OfOneThatHadTheWholeWindow_HalvesAnew()
    {
        for (var end = 0; end < SuspectWindows.Enough; end++)
            _suspects.NoteEnd(0, 0, null, [0, 1, 2, 3], othersScored: true);
        _suspects.NoteEnd(0, 0, [0, 1], [0, 1, 2, 3], othersScored: true);
        Assert.Equal([2, 3], _suspects.NextProbe(0, 0, _ => false));

        Assert.Null(_suspects.NoteEnd(0, 0, null, [0, 1, 2, 3], othersScored: true));
        Assert.False(_suspects.IsProbed(0, 0));
        Assert.Null(_suspects.NoteEnd(0, 0, null, [0, 1, 2, 3], othersScored: true));

        Assert.Equal([0, 1], _suspects.NextProbe(0, 0, _ => false));
    }

    [Fact]
    public void End_WithProgressInBetween_DoesNotCount()
    {
        for (var row = 0; row < 10; row++)
        {
            Assert.Null(_suspects.NoteEnd(0, 0, null, Unstored(), othersScored: true));
            Assert.False(_suspects.IsProbed(0, 0));
            _stored.Add(row);
        }
    }

    [Fact]
    public void End_OverAnotherWindow_DoesNotCount()
    {
        _suspects.NoteEnd(0, 0, null, Unstored(), othersScored: true);
        _suspects.NoteEnd(0, 1, null, Unstored(), othersScored: true);
        _suspects.NoteEnd(1, 0, null, Unstored(), othersScored: true);
        Assert.False(_suspects.IsProbed(0, 0) || _suspects.IsProbed(0, 1) || _suspects.IsProbed(1, 0));
    }

    [Fact]
    public void End_OfAMachineThatIsTakenAwayDuringTheSearch_CostsNoRow()
    {
        _suspects.NoteEnd(0, 0, null, Unstored(), othersScored: true);
        _suspects.NoteEnd(0, 0, null, Unstored(), othersScored: true);
        // Taken away over the innocent half, and once over each single row.
        var (given, taken) = (0, new HashSet<int>());
        while (_suspects.NextProbe(0, 0, _stored.Contains) is { } probe)
        {
            var away = probe.Count > 1 ? given++ % 3 == 0 : taken.Add(probe[0]);
            if (away)
                Assert.Null(_suspects.NoteEnd(0, 0, probe, Unstored(), othersScored: true));
            else
                _stored.UnionWith(probe);
        }

        Assert.Equal(Rows, _stored.Count);
    }

    [Fact]
    public void End_OverEveryRow_CostsNone()
    {
        for (var end = 0; end < 500; end++)
        {
            var probe = _suspects.IsProbed(0, 0) ? _suspects.NextProbe(0, 0, _stored.Contains) : null;
            Assert.Null(_suspects.NoteEnd(0, 0, probe, Unstored(), othersScored: false));
        }
    }

    private (int Ends, int MostInARow) Search(int[] killers, bool restartAfterEach)
    {
        var (ends, inARow, most) = (0, 0, 0);
        var found = new List<int>();
        while (_stored.Count < Rows)
        {
            var probe = _suspects.IsProbed(0, 0) ? _suspects.NextProbe(0, 0, _stored.Contains) : null;
            var rows = probe ?? Unstored();
            if (!rows.Intersect(killers).Any())
            {
                _stored.UnionWith(rows);
                inARow = 0;
                continue;
            }

            ends++;
            most = Math.Max(most, ++inARow);
            if (_suspects.NoteEnd(0, 0, probe, Unstored(), othersScored: true) is { } given)
            {
                found.Add(given);
                _stored.Add(given);
            }

            if (restartAfterEach)
                _suspects = Create();
        }

        Assert.Equal(killers.Order(), found.Order());
        return (ends, most);
    }

    private List<int> Unstored() => [.. Enumerable.Range(0, Rows).Where(row => !_stored.Contains(row))];

    private SuspectWindows Create()
    {
        var suspects = new SuspectWindows(record => _ledger[(record.File, record.Window)] = record);
        suspects.Restore(_ledger.Values);
        return suspects;
    }
}
