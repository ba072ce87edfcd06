using Serilog.Core;
using Serilog.Events;

namespace FineWebTorch.Telemetry.Logs;

/// <summary>The files of a log. Where one is still to come, what is said before waits for it.</summary>
internal sealed class LogFiles(bool isOneToCome) : ILogEventSink, IDisposable
{
    /// <summary>More than is said before the run's folder is known.</summary>
    private const int MostEarly = 1_000;

    private readonly Lock _lock = new();
    private volatile List<LogEvent>? _early = isOneToCome ? [] : null;
    private volatile Logger[] _files = [];

    public void Emit(LogEvent logEvent)
    {
        if (_early is not null)
        {
            lock (_lock)
            {
                if (_early is { Count: < MostEarly } early)
                    early.Add(logEvent);
                Write(logEvent);
            }
        }
        else
            Write(logEvent);
    }

    /// <param name="file">Writes without making anybody wait.</param>
    /// <param name="isLast">No other one is to come.</param>
    public void Add(Logger file, bool isLast)
    {
        lock (_lock)
        {
            foreach (var early in _early ?? [])
                file.Write(early);
            _files = [.. _files, file];
            if (isLast)
                _early = null;
        }
    }

    public void Dispose()
    {
        foreach (var file in _files)
            file.Dispose();
    }

    private void Write(LogEvent logEvent)
    {
        foreach (var file in _files)
            file.Write(logEvent);
    }
}
