using FineWebTorch.Common;
using Serilog.Core;
using Serilog.Events;
using Serilog.Parsing;
using Serilog.Sinks.Async;

namespace FineWebTorch.Telemetry.Logs;

/// <summary>
/// A file of a program's log. A disk that is full, slow or gone costs lines and nothing else: how many were lost is said in
/// the file when it can be, and once to whoever is to be told.
/// </summary>
/// <param name="complain">Told once, on the thread that writes.</param>
internal sealed class LogFile(RotatedLines lines, Action<string> complain) : ILogEventSink, IAsyncLogEventSinkMonitor, IDisposable
{
    private IAsyncLogEventSinkInspector? _queue;
    private bool _hasComplained;
    private long _unwritten;
    private long _told;

    public void Emit(LogEvent logEvent)
    {
        try
        {
            var lost = _unwritten + (_queue?.DroppedMessagesCount ?? 0);
            if (lost > _told)
            {
                lines.Write(LogLine.Of(Lost(lost - _told, logEvent.Timestamp)));
                _told = lost;
                Complain($"{lines.Path}: lines of the log were lost, as its disk did not take them in time; nothing else waits");
            }

            lines.Write(LogLine.Of(logEvent));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            _unwritten++;
            Complain($"{lines.Path} cannot be written ({exception.Message}); the log goes on without it, and lines are lost");
        }
    }

    public void StartMonitoring(IAsyncLogEventSinkInspector inspector) => _queue = inspector;

    public void StopMonitoring(IAsyncLogEventSinkInspector inspector)
    {
    }

    public void Dispose() => lines.Dispose();

    private static LogEvent Lost(long count, DateTimeOffset time) => new(
        time, LogEventLevel.Warning, exception: null,
        new MessageTemplate([new TextToken($"{NumberText.Count(count, "line")} of this log before this one could not be written")]),
        [new LogEventProperty("Event", new ScalarValue("lines_lost")), new LogEventProperty("Lines", new ScalarValue(count))]);

    private void Complain(string text)
    {
        if (_hasComplained)
            return;
        _hasComplained = true;
        complain(text);
    }
}
