using FineWebTorch.Common;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace FineWebTorch.Coordinator.Console;

/// <summary>What libraries log, on standard error.</summary>
internal static class ConsoleLogging
{
    public static ILoggingBuilder AddPlainConsole(this ILoggingBuilder logging) => logging
        .AddConsole(console =>
        {
            console.LogToStandardErrorThreshold = LogLevel.Trace;
            console.FormatterName = PlainLogFormatter.FormatterName;
        })
        .AddConsoleFormatter<PlainLogFormatter, ConsoleFormatterOptions>();
}

/// <summary>Lines without secrets and without characters that move a cursor: a peer may have put either into them.</summary>
internal sealed class PlainLogFormatter() : ConsoleFormatter(FormatterName)
{
    public const string FormatterName = "plain";

    private const int MostOfLine = 8_000;

    public override void Write<TState>(
        in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        var text = $"{logEntry.LogLevel}: {logEntry.Category}: {logEntry.Formatter(logEntry.State, logEntry.Exception)}" +
            (logEntry.Exception is { } exception ? $"\n{exception}" : "");
        foreach (var line in Redaction.Clean(text).Split(['\n', '\r'], StringSplitOptions.RemoveEmptyEntries))
            textWriter.WriteLine(PlainText.Clean(line, MostOfLine));
    }
}
