using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace FineWebTorch.Worker.Tests.Fakes;

/// <summary>Every log line of the suite, of all levels.</summary>
internal sealed class Logged : ILogger
{
    public static Logged Logger { get; } = new();

    public static ConcurrentQueue<string> Lines { get; } = new();

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception,
        Func<TState, Exception?, string> formatter) => Lines.Enqueue(formatter(state, exception));
}
