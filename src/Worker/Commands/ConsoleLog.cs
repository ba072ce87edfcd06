using System.Globalization;
using FineWebTorch.Common;
using Microsoft.Extensions.Logging;

namespace FineWebTorch.Worker.Commands;

/// <summary>Log lines for people: time of day and message, nothing else, and no secret.</summary>
/// <param name="output">Gets the lines.</param>
/// <param name="time">Tells the time of day.</param>
/// <param name="quiet">Errors only.</param>
internal sealed class ConsoleLog(TextWriter output, TimeProvider time, bool quiet = false) : ILogger
{
    private const int MostOfLine = 8_000;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= (quiet ? LogLevel.Error : LogLevel.Information);

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception,
        Func<TState, Exception?, string> formatter)
    {
        if (!IsEnabled(logLevel))
            return;
        var now = time.GetLocalNow().ToString("HH:mm:ss", CultureInfo.InvariantCulture);
        var severity = logLevel switch
        {
            LogLevel.Warning => "warning: ",
            >= LogLevel.Error => "error: ",
            _ => "",
        };
        // A coordinator may be anyone's, and so may the names of files.
        var line = PlainText.Clean(Redaction.Clean(formatter(state, exception)), MostOfLine);
        output.WriteLine($"{now} {severity}{line}");
    }
}
