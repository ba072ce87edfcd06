using System.Globalization;
using Microsoft.Extensions.Logging;

namespace FineWebTorch.Worker.Commands;

/// <summary>Log lines for people: time of day and message, nothing else.</summary>
internal sealed class ConsoleLog(TextWriter output, TimeProvider time) : ILogger
{
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

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
