using System.Text.Json;
using FineWebTorch.Coordinator.Console;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Telemetry.Logs;
using Microsoft.Extensions.Logging;

namespace FineWebTorch.Coordinator.Logs;

/// <summary>Keeps in the log what is told of a run, but for its progress, before it is told.</summary>
internal sealed class LoggedReporter(IReporter reporter, ProgramLog log) : IReporter
{
    public TimeSpan Interval => reporter.Interval;

    public void Started(RunHeader header)
    {
        foreach (var line in SummaryText.Start(header, isKept: true))
            log.Say(LogLevel.Information, line, new LogFacts { Event = "started" });
        reporter.Started(header);
    }

    public void Observe(RunEvent happened)
    {
        log.Say(LevelOf(happened), TextOf(happened), FactsOf(happened));
        reporter.Observe(happened);
    }

    public void Progress(RunProgress progress) => reporter.Progress(progress);

    public void Finished(RunSummary summary)
    {
        foreach (var line in SummaryText.End(summary))
            log.Say(LogLevel.Information, line, new LogFacts { Event = EventLog.EndedEvent });
        reporter.Finished(summary);
    }

    public void Dispose() => reporter.Dispose();

    private static string TextOf(RunEvent happened) =>
        happened is RunEvent.Warning warning ? warning.Text : EventText.Of(happened);

    private static LogLevel LevelOf(RunEvent happened) => EventText.WeightOf(happened) switch
    {
        EventWeight.Failure => LogLevel.Error,
        EventWeight.Warning => LogLevel.Warning,
        _ => LogLevel.Information,
    };

    private static LogFacts FactsOf(RunEvent happened)
    {
        var members = JsonSerializer.SerializeToElement(happened, happened.GetType(), RunSummary.Json);
        return new LogFacts { Event = EventJson.NameOf(happened), Worker = Text("worker"), File = Text("file") };

        string? Text(string name) =>
            members.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
    }
}
