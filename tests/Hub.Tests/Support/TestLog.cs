using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace FineWebTorch.Hub.Tests;

/// <summary>Keeps every line that any test of this suite logs, at every level.</summary>
internal sealed class TestLog : ILogger
{
    public static ConcurrentQueue<string> Lines { get; } = new();

    public static ILogger Logger { get; } = new TestLog();

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception,
        Func<TState, Exception?, string> formatter) =>
        Lines.Enqueue($"{logLevel} {formatter(state, exception)} {exception}");
}
