using FineWebTorch.Protos.V1;
using FineWebTorch.Telemetry.Logs;
using Serilog.Core;
using Serilog.Events;

namespace FineWebTorch.Worker.Session;

/// <summary>
/// What the coordinator is to hear of this worker's log: its warnings and errors. While nobody is there to hear them, or
/// there are too many, the last ones are kept and the others are counted.
/// </summary>
internal sealed class WarningRelay : ILogEventSink
{
    /// <summary>Lines that wait at most.</summary>
    public const int MostWaiting = 100;

    /// <summary>Of one message; there is one a second at most.</summary>
    public const int MostLines = 10;

    private const int MostCharacters = 2_000;

    private readonly Lock _lock = new();
    private readonly Queue<LogLines.Types.Line> _waiting = [];
    private ulong _leftOut;

    public void Emit(LogEvent logEvent)
    {
        var line = new LogLines.Types.Line
        {
            IsError = logEvent.Level >= LogEventLevel.Error,
            Message = Cut(LogLine.TextOf(logEvent)),
            UnixMilliseconds = logEvent.Timestamp.ToUnixTimeMilliseconds(),
            Lease = Value(logEvent, "Lease"),
            File = Value(logEvent, "File"),
        };
        lock (_lock)
        {
            if (_waiting.Count == MostWaiting)
            {
                _waiting.Dequeue();
                _leftOut++;
            }

            _waiting.Enqueue(line);
        }
    }

    /// <summary>What is to be said next.</summary>
    /// <returns>Null where there is nothing.</returns>
    public LogLines? Take()
    {
        lock (_lock)
        {
            if (_waiting.Count == 0)
                return null;
            var lines = new LogLines { LeftOut = _leftOut };
            _leftOut = 0;
            while (lines.Lines.Count < MostLines && _waiting.TryDequeue(out var line))
                lines.Lines.Add(line);
            return lines;
        }
    }

    private static string Value(LogEvent happened, string name) =>
        happened.Properties.TryGetValue(name, out var value) && value is ScalarValue { Value: { } known }
            ? Cut(Common.Redaction.Clean(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{known}")))
            : "";

    private static string Cut(string text) => Common.PlainText.Clean(text, MostCharacters);
}
