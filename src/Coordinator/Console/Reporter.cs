using System.Text.Json.Serialization;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Terminal;
using Spectre.Console;

namespace FineWebTorch.Coordinator.Console;

/// <summary>
/// Tells the person or program at the terminal how a run goes; takes as long as these let it. See
/// <see cref="ReportQueue"/>.
/// </summary>
internal interface IReporter : IRunObserver, IDisposable
{
    /// <summary>How often <see cref="Progress"/> is to be called.</summary>
    TimeSpan Interval { get; }

    void Started(RunHeader header);

    void Progress(RunProgress progress);

    void Finished(RunSummary summary);
}

/// <summary>Chooses how a run is reported.</summary>
internal static class Reporters
{
    /// <summary>JSON lines when asked for, a live display on a terminal, plain lines everywhere else.</summary>
    /// <param name="quiet">Failures and the summary only.</param>
    /// <param name="errors">Passes its lines to a display on the same terminal.</param>
    /// <param name="title">Of a run of which nobody tells that it has started.</param>
    public static ReportQueue Create(
        bool json, bool quiet, TimeProvider time, ErrorLines? errors = null, RunTitle? title = null)
    {
        var isLive = !json && !quiet && !System.Console.IsOutputRedirected && AnsiConsole.Profile.Capabilities.Ansi;
        var passed = isLive && !System.Console.IsErrorRedirected ? errors : null;
        var queue = new ReportQueue(
            moment =>
            {
                IReporter reporter = json ? new JsonReporter(System.Console.Out, moment)
                    : isLive ? new LiveReporter(
                        AnsiConsole.Console, Glyphs.Of(AnsiConsole.Console, Environment.GetEnvironmentVariable), moment, title)
                    : new PlainReporter(
                        System.Console.Out, System.Console.Error, moment, System.Console.IsErrorRedirected);
                return quiet ? new QuietReporter(reporter) : reporter;
            },
            time)
        {
            Errors = passed,
        };
        passed?.PassTo(queue);
        return queue;
    }
}

/// <summary>Passes on what a person who asked for quiet wants to know: failures and the result.</summary>
internal sealed class QuietReporter(IReporter reporter) : IReporter
{
    public TimeSpan Interval => reporter.Interval;

    public void Started(RunHeader header)
    {
    }

    public void Observe(RunEvent happened)
    {
        if (happened is RunEvent.FileFailed or RunEvent.NoHealthyWorker)
            reporter.Observe(happened);
    }

    public void Progress(RunProgress progress)
    {
    }

    public void Finished(RunSummary summary) => reporter.Finished(summary);

    public void Dispose() => reporter.Dispose();
}

/// <summary>What is said of a run at its start.</summary>
internal sealed record RunHeader(
    string RunFolder, string Output, string Model, int Files, long Rows, long RowsScored, bool IsResumed, Uri Address)
{
    /// <summary>Nothing is left to do for workers.</summary>
    public bool IsOver { get; init; }

    /// <summary>Lets workers on other machines join; null where none is needed. Nothing that is kept shows it.</summary>
    [JsonIgnore]
    public JoinToken? First { get; init; }

    /// <summary>Where a browser shows how the run goes; null where none does.</summary>
    public Uri? Page { get; init; }

    /// <summary>Lets one browser in there. Nothing that is kept shows it.</summary>
    [JsonIgnore]
    public Secret? PageLink { get; init; }

    /// <summary>By a person; it stays so until it is resumed.</summary>
    public bool IsPaused { get; init; }
}
