using Xunit.Sdk;

namespace FineWebTorch.Mutants;

/// <summary>Which mutants a test reaches.</summary>
/// <param name="Test">xunit's id of the test.</param>
/// <param name="IsUsable">Whether it passed; what fails or is skipped without a mutant says nothing of one.</param>
/// <param name="Reached">Numbers of mutants.</param>
/// <param name="Once">
/// Those that it reached the first time alone, as what is initialised once a process, by whichever test comes first.
/// </param>
public sealed record TestCoverage(
    string Test, string Class, string Name, bool IsUsable, double Seconds, int[] Reached, int[] Once);

/// <summary>Which tests to ask about a mutant. Measured once, test by test, and kept.</summary>
public sealed class Coverage
{
    /// <summary>
    /// While it is noted what is reached, tight loops take many times as long: what was reached by then has to do.
    /// </summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    /// <summary>What such a test is taken to last, seconds.</summary>
    private const double Long = 5;

    private readonly MutationPlan _plan;
    private readonly JsonLines<TestCoverage> _lines;
    private readonly Dictionary<int, List<TestCoverage>> _byMutant = [];
    private readonly Dictionary<string, List<TestCoverage>> _byClass = [];
    private readonly HashSet<string> _known = [];
    private readonly Dictionary<int, List<TestCoverage>> _once = [];

    public Coverage(MutationPlan plan)
    {
        _plan = plan;
        _lines = new(plan.Coverage);
        foreach (var line in _lines.ReadAll())
            Note(line);
    }

    /// <summary>Measures what is not known; false where a test did not end: the process is of no more use.</summary>
    public bool Measure(MutantSwitch mutants, TestProgram program)
    {
        foreach (var test in program.Tests.Where(test => !_known.Contains(test.UniqueID)))
        {
            var (first, reached) = Run(mutants, program, test);
            var isLong = first.Seconds >= Limit.TotalSeconds;
            var (again, repeated) = isLong ? (first, reached) : Run(mutants, program, test);
            Add(
                test, first.HasPassed && again.HasPassed, isLong ? Long : again.Seconds, repeated,
                [.. reached.Except(repeated)]);
            if (!again.HasEnded)
                return false;
        }
        return true;
    }

    /// <summary>Whether a process can be asked about a mutant only once.</summary>
    public bool IsOnce(Mutant mutant) => _once.ContainsKey(mutant.Id);

    /// <summary>
    /// The tests that reach a mutant; after them the others of their classes, since what a test leaves to be done
    /// behind its back is counted for the next one.
    /// </summary>
    public IEnumerable<TestCoverage[]> Of(Mutant mutant)
    {
        TestCoverage[] reaching = [.. Reaching(mutant)];
        yield return reaching;
        var classes = reaching.Select(test => test.Class).Distinct();
        yield return [.. classes.SelectMany(name => _byClass[name]).Except(reaching)];
    }

    /// <summary>
    /// For what is initialised once: the tests that were first to reach any of these mutants, with their classes, and
    /// all that reach one of them.
    /// </summary>
    public IEnumerable<TestCoverage> OfAny(IReadOnlyCollection<Mutant> mutants) => mutants
        .SelectMany(mutant => _once.GetValueOrDefault(mutant.Id) ?? [])
        .Select(first => first.Class).Distinct()
        .SelectMany(name => _byClass.GetValueOrDefault(name) ?? [])
        .Union(mutants.SelectMany(Reaching));

    private static (TestEnd End, int[] Reached) Run(MutantSwitch mutants, TestProgram program, ITestCase test)
    {
        mutants.Capture(true);
        mutants.TakeReached();
        var end = program.Run(test, Limit, () => mutants.Capture(false));
        mutants.Capture(false);
        return (end, mutants.TakeReached());
    }

    private IEnumerable<TestCoverage> Reaching(Mutant mutant) => _byMutant.GetValueOrDefault(mutant.Id) ?? [];

    private void Add(ITestCase test, bool isUsable, double seconds, int[] reached, int[] once)
    {
        var line = new TestCoverage(
            test.UniqueID, test.TestClassName ?? "", test.TestCaseDisplayName, isUsable, Math.Round(seconds, 3),
            reached, once);
        _lines.Add(line);
        Note(line);
    }

    private void Note(TestCoverage line)
    {
        _known.Add(line.Test);
        foreach (var mutant in line.Once)
            Add(_once, mutant, line);
        if (!line.IsUsable || line.Seconds > _plan.LongestTest)
            return;
        Add(_byClass, line.Class, line);
        foreach (var mutant in line.Reached)
            Add(_byMutant, mutant, line);
    }

    private static void Add<TKey>(Dictionary<TKey, List<TestCoverage>> lists, TKey key, TestCoverage line)
        where TKey : notnull
    {
        if (!lists.TryGetValue(key, out var list))
            lists[key] = list = [];
        list.Add(line);
    }
}
