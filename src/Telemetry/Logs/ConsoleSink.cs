using System.Globalization;
using Serilog.Core;
using Serilog.Events;

namespace FineWebTorch.Telemetry.Logs;

/// <summary>
/// Log lines for people: without secrets and without characters that move a cursor, since a peer may have put either into
/// them. A terminal that nobody lets go on costs lines and holds nothing up.
/// </summary>
/// <param name="output">Gets the lines.</param>
/// <param name="lines">An event's, as <see cref="Timed"/> or <see cref="Named"/> has them.</param>
public sealed class ConsoleSink(TextWriter output, Func<LogEvent, IEnumerable<string>> lines) : ILogEventSink
{
    public void Emit(LogEvent logEvent)
    {
        ArgumentNullException.ThrowIfNull(logEvent);
        try
        {
            foreach (var line in lines(logEvent))
                output.WriteLine(line);
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            // The terminal has gone.
            _ = exception;
        }
    }

    /// <summary>Time of day and message.</summary>
    public static IEnumerable<string> Timed(LogEvent happened)
    {
        ArgumentNullException.ThrowIfNull(happened);
        var severity = happened.Level switch
        {
            LogEventLevel.Warning => "warning: ",
            >= LogEventLevel.Error => "error: ",
            _ => "",
        };
        var time = happened.Timestamp.ToString("HH:mm:ss", CultureInfo.InvariantCulture);
        return [$"{time} {severity}{LogLine.TextOf(happened)}"];
    }

    /// <summary>Level, who says it, and message; what an exception tells in lines of its own.</summary>
    public static IEnumerable<string> Named(LogEvent happened)
    {
        ArgumentNullException.ThrowIfNull(happened);
        return LogLine.ErrorOf(happened)
            .Prepend($"{happened.Level}: {ProgramLog.SourceOf(happened)}: {LogLine.TextOf(happened)}");
    }
}
