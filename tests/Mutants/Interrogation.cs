using System.Diagnostics;
using System.Reflection;
using System.Runtime.Loader;
using Xunit.Sdk;

namespace FineWebTorch.Mutants;

/// <summary>The process's exit code.</summary>
public enum Ending
{
    /// <summary>All is asked.</summary>
    Done = 0,

    /// <summary>A new process is to go on: this one has been asked enough, or something still runs in it.</summary>
    GoOn = 3,
}

/// <summary>
/// Asks the tests about mutant after mutant, in one process for as long as it is good: those that reach it, one at a
/// time, until one fails. A failure counts when the same test passes again as soon as the mutant is off; else what went
/// before may have left something behind, and the mutant is asked about anew as the first one of another process.
/// </summary>
public sealed class Interrogation
{
    /// <summary>A process is given up after so many, whatever they may have left in it.</summary>
    private const int MostInOneProcess = 250;

    private readonly MutationPlan _plan;
    private readonly Answers _answers;
    private readonly Coverage _coverage;
    private readonly MutantSwitch _switch;
    private readonly ILookup<string, Mutant> _byFile;
    private TestProgram _program = null!;
    private Dictionary<string, ITestCase> _tests = [];
    private int _asked;

    public Interrogation(MutationPlan plan)
    {
        _plan = plan;
        _answers = new(plan.Answers);
        _coverage = new(plan);
        _switch = MutantSwitch.Of(Load(plan.Mutated));
        _byFile = plan.Mutants.ToLookup(mutant => mutant.File);
    }

    public Ending Run()
    {
        // On before anything of the program has run, so that what is initialised once is initialised with it.
        if (Next() is { } first && IsAlone(first))
            _switch.TurnOn(first.Id);
        else
            _switch.TurnOff();
        _program = TestProgram.Open(Load(_plan.Tests), _plan.Classes);
        _tests = _program.Tests.ToDictionary(test => test.UniqueID);
        if (!_coverage.Measure(_switch, _program))
            return Ending.GoOn;
        while (Next() is { } mutant)
        {
            var isAlone = IsAlone(mutant);
            if (_asked > 0 && (isAlone || _asked == MostInOneProcess))
                return Ending.GoOn;
            if (!Ask(mutant, isAlone) || isAlone)
                return Ending.GoOn;
        }
        return Ending.Done;
    }

    private static Assembly Load(string file) =>
        AssemblyLoadContext.Default.LoadFromAssemblyPath(Path.Combine(AppContext.BaseDirectory, file));

    /// <summary>Those that need a process of their own come last.</summary>
    private Mutant? Next() => _plan.Mutants.Where(_answers.IsOpen).OrderBy(IsAlone).FirstOrDefault();

    /// <summary>As what is initialised once, where those tests have not noticed that initialise it anew.</summary>
    private bool IsAlone(Mutant mutant) =>
        _plan.Alone || (_coverage.IsOnce(mutant) && _answers.IsDoubtful(mutant));

    /// <summary>Asks about one mutant; false where the process is of no more use.</summary>
    private bool Ask(Mutant mutant, bool isAlone)
    {
        if (_answers.HasEndedProcesses(mutant))
        {
            _answers.Add(new(mutant.Id, mutant.File, Verdict.Killed, null, "the process ends"));
            return true;
        }
        var clock = Stopwatch.StartNew();
        _answers.Add(new(mutant.Id, mutant.File, Verdict.Asked));
        var isReached = false;
        foreach (var test in TestsFor(mutant, isAlone))
        {
            isReached = true;
            if (clock.Elapsed.TotalSeconds > _plan.Patience)
                break;
            if (!_tests.TryGetValue(test.Test, out var testCase))
                continue;
            _switch.TurnOn(mutant.Id);
            var end = _program.Run(testCase, LimitOf(test));
            _switch.TurnOff();
            if (end.HasEnded && end.Failure is null)
                continue;
            var verdict = !end.HasEnded ? Verdict.Timeout : Judge(testCase, test);
            _answers.Add(new(mutant.Id, mutant.File, verdict, test.Name, end.Failure, Rounded(clock)));
            _asked++;
            return verdict == Verdict.Killed && !IsBusy();
        }
        var missed = !isAlone && _coverage.IsOnce(mutant) ? Verdict.Doubtful
            : isReached ? Verdict.Survived
            : Verdict.NoCoverage;
        _answers.Add(new(mutant.Id, mutant.File, missed, Seconds: Rounded(clock)));
        _asked++;
        return true;
    }

    private IEnumerable<TestCoverage> TestsFor(Mutant mutant, bool isAlone)
    {
        if (isAlone)
            return InOrder(_coverage.OfAny([.. _byFile[mutant.File]]), mutant.File);
        return _coverage.Of(mutant).SelectMany(tests => InOrder(tests, mutant.File));
    }

    private IEnumerable<TestCoverage> InOrder(IEnumerable<TestCoverage> tests, string file) =>
        tests.OrderBy(test => test.Seconds / (1 + _answers.Kills(file, test.Name)));

    /// <summary>Nothing was asked before the first one of a process that could have left something behind.</summary>
    private Verdict Judge(ITestCase testCase, TestCoverage test) =>
        _asked == 0 || _program.Run(testCase, LimitOf(test)).HasPassed ? Verdict.Killed : Verdict.Doubtful;

    private static TimeSpan LimitOf(TestCoverage test) => TimeSpan.FromSeconds(8 + 5 * test.Seconds);

    /// <summary>Whether something still computes although no test runs.</summary>
    private static bool IsBusy()
    {
        return Share(20) > 0.6 && Share(100) > 0.6;

        static double Share(int milliseconds)
        {
            var (clock, before) = (Stopwatch.StartNew(), Environment.CpuUsage.TotalTime);
            Thread.Sleep(milliseconds);
            return (Environment.CpuUsage.TotalTime - before) / clock.Elapsed;
        }
    }

    private static double Rounded(Stopwatch clock) => Math.Round(clock.Elapsed.TotalSeconds, 2);
}
