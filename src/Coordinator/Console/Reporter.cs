using FineWebTorch.Coordinator.Running;
using Spectre.Console;

namespace FineWebTorch.Coordinator.Console;

/// <summary>Tells the person or program at the terminal how a run goes.</summary>
internal interface IReporter : IRunObserver, IDisposable
{
    /// <summary>How often <see cref="Progress"/> is to be called.</summary>
    TimeSpan Interval { get; }

    void Started(RunHeader header);

    void Progress(RunSnapshot snapshot, RunRates rates);

    void Finished(RunSummary summary);
}

/// <summary>Chooses how a run is reported.</summary>
internal static class Reporters
{
    /// <summary>JSON lines when asked for, a live display on a terminal, plain lines everywhere else.</summary>
    public static IReporter Create(bool json, TimeProvider time) => json
        ? new JsonReporter(System.Console.Out, time)
        : !System.Console.IsOutputRedirected && AnsiConsole.Profile.Capabilities.Ansi
            ? new LiveReporter(AnsiConsole.Console, time)
            : new PlainReporter(System.Console.Out, System.Console.Error, time);
}

/// <summary>What is said of a run at its start.</summary>
internal sealed record RunHeader(
    string RunFolder, string Output, string Model, int Files, long Rows, long RowsScored, bool IsResumed, Uri Address)
{
    /// <summary>Nothing is left to do for workers.</summary>
    public bool IsOver { get; init; }
}
