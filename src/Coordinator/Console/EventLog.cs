using System.Text.Json;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Running;

namespace FineWebTorch.Coordinator.Console;

/// <summary>
/// The events of a run in its folder, one JSON object a line: written before anyone is told, so that no end of this
/// process loses what was told. See <see cref="RotatedLines"/>.
/// </summary>
internal sealed class EventLog : IRunObserver, IDisposable
{
    public const string FileName = "events.jsonl";

    /// <summary>The last event of a session; with its reason where that stopped by itself.</summary>
    public const string EndedEvent = "ended";

    private readonly Lock _lock = new();
    private readonly RotatedLines _lines;
    private readonly IRunObserver _next;
    private readonly TimeProvider _time;
    private int _lost;
    private bool _hasComplained;

    /// <param name="next">Hears of every event after it is written, and, once, that none can be.</param>
    public EventLog(string runFolder, IRunObserver next, TimeProvider time)
        : this(new RotatedLines(Path.Combine(runFolder, FileName)), next, time)
    {
    }

    /// <inheritdoc cref="EventLog(string, IRunObserver, TimeProvider)"/>
    public EventLog(RotatedLines lines, IRunObserver next, TimeProvider time) =>
        (_lines, _next, _time) = (lines, next, time);

    public void Observe(RunEvent happened)
    {
        Note(EventJson.NameOf(happened), happened);
        _next.Observe(happened);
    }

    /// <summary>Why the last session of a run that stopped by itself has done so, as its last event says.</summary>
    /// <returns>Null: the last event is another one, as where the process was killed, or there is none.</returns>
    public static string? WhyStopped(string runFolder)
    {
        try
        {
            var last = File.ReadLines(Path.Combine(runFolder, FileName)).LastOrDefault();
            using var ended = JsonDocument.Parse(last ?? "null");
            return ended.RootElement is { ValueKind: JsonValueKind.Object } line &&
                line.TryGetProperty("event", out var name) && name.ValueEquals(EndedEvent) &&
                line.TryGetProperty("reason", out var reason)
                    ? reason.GetString()
                    : null;
        }
        catch (Exception exception) when (
            exception is IOException or UnauthorizedAccessException or JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>Writes what nobody is told.</summary>
    /// <param name="name">Of the event.</param>
    /// <param name="content">Its members are those of the line.</param>
    public void Note(string name, object content)
    {
        Exception? trouble = null;
        lock (_lock)
        {
            try
            {
                if (_lost > 0)
                    _lines.Write(EventJson.Line("events_lost", _time, new { Events = _lost }));
                _lost = 0;
                _lines.Write(EventJson.Line(name, _time, content));
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                _lost++;
                trouble = _hasComplained ? null : exception;
                _hasComplained = true;
            }
        }

        if (trouble is not null)
            _next.Observe(new RunEvent.Warning(
                $"{_lines.Path} cannot be written ({trouble.Message}); the run goes on without it"));
    }

    public void Dispose() => _lines.Dispose();
}
