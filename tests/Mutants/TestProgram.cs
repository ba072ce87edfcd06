using System.Diagnostics;
using System.Reflection;
using System.Text.RegularExpressions;
using Xunit;
using Xunit.Runner.Common;
using Xunit.Sdk;
using Xunit.v3;

namespace FineWebTorch.Mutants;

/// <summary>How a test ended.</summary>
/// <param name="Failure">The first line of the first failure; null where there was none.</param>
/// <param name="HasEnded">Whether it came to its end within the limit; else something of it may still run.</param>
/// <param name="HasPassed">Whether it passed; false where it failed or was skipped.</param>
public sealed record TestEnd(string? Failure, bool HasEnded, bool HasPassed, double Seconds);

/// <summary>The tests of a test assembly, found once, each to be run by itself as often as one likes.</summary>
public sealed class TestProgram
{
    private static readonly TestAssemblyConfiguration Settings =
        new() { MaxParallelThreads = 1, PreEnumerateTheories = true, StopOnFail = true };

    private readonly ITestFrameworkExecutor _executor;

    private TestProgram(ITestFrameworkExecutor executor, ITestCase[] tests)
    {
        _executor = executor;
        Tests = tests;
    }

    public IReadOnlyList<ITestCase> Tests { get; }

    /// <param name="classes">Which test classes: a regular expression of their full names.</param>
    public static TestProgram Open(Assembly assembly, string classes)
    {
        TestContext.SetForInitialization(null, false, false);
        var framework = RegisteredEngineConfig.GetTestFramework(assembly, null);
        var tests = new List<ITestCase>();
        framework.GetDiscoverer(assembly)
            .Find(Found, TestFrameworkOptions.ForDiscovery(Settings), null, null)
            .AsTask().GetAwaiter().GetResult();
        var wanted = tests.Where(IsWanted).ToArray();
        return wanted.Length > 0
            ? new(framework.GetExecutor(assembly), wanted)
            : throw new InvalidOperationException($"no test class has a name like '{classes}'");

        bool IsWanted(ITestCase test) => !test.Explicit && Regex.IsMatch(test.TestClassName ?? "", classes);

        ValueTask<bool> Found(ITestCase test)
        {
            tests.Add(test);
            return new(true);
        }
    }

    /// <param name="atLimit">Done at the limit to make it faster; the same time is waited again then.</param>
    public TestEnd Run(ITestCase test, TimeSpan limit, Action? atLimit = null)
    {
        var (clock, sink) = (Stopwatch.StartNew(), new Outcome());
        // This thread only waits, so that the limit holds whatever the test does with the others.
        var run = Task.Run(() => _executor.RunTestCases([test], sink, TestFrameworkOptions.ForExecution(Settings), null)
            .AsTask());
        var hasEnded = Task.WaitAny([run], limit) == 0;
        if (!hasEnded && atLimit is not null)
        {
            atLimit();
            hasEnded = Task.WaitAny([run], limit) == 0;
        }

        var failure = sink.Failure ?? run.Exception?.InnerException?.Message;
        var hasPassed = hasEnded && failure is null && sink.Passed > 0;
        return new(failure, hasEnded, hasPassed, clock.Elapsed.TotalSeconds);
    }

    private sealed class Outcome : IMessageSink
    {
        public string? Failure { get; private set; }
        public int Passed { get; private set; }

        public bool OnMessage(IMessageSinkMessage message)
        {
            if (message is ITestPassed)
                Passed++;
            // What a fixture of the assembly demands at its end, it demands of all tests together.
            if (message is IErrorMetadata error and not ITestAssemblyCleanupFailure)
                Failure ??= ExceptionUtility.CombineMessages(error).Split('\n')[0].Trim();
            return Failure is null;
        }
    }
}
