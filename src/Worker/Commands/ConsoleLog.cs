using System.Globalization;
using Microsoft.Extensions.Logging;

namespace FineWebTorch.Worker.Commands;

/// <summary>Log lines for people: time of day and message, nothing else.</summary>
/// <param name="output">Gets the lines.</param>
/// <param name="time">Tells the time of day.</param>
/// <param name="quiet">Errors only.</param>
internal sealed class ConsoleLog(TextWriter output, TimeProvider time, bool quiet = false) : ILogger
{
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
        output.WriteLine($"{now} {severity}{formatter(state, exception)}");
    }
}
