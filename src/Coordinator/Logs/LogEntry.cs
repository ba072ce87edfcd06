using System.Text.Json;

namespace FineWebTorch.Coordinator.Logs;

/// <summary>A line of a log, read again.</summary>
/// <param name="Line">As it is in the file.</param>
/// <param name="Time">In UTC; sorts as text.</param>
/// <param name="Level">One of <c>debug</c>, <c>information</c>, <c>warning</c> and <c>error</c>, unless somebody else wrote it.</param>
/// <param name="Log">Name of the log that it is from, as <c>local-worker-0</c>.</param>
internal sealed record LogEntry(string Line, string Time, string Level, string Message, string Log)
{
    private const string Error = "error";

    /// <summary>Events by which a file is one that went wrong.</summary>
    private static readonly string[] Failures = ["file_failed", "attempt_failed"];

    public string? Program { get; private init; }

    public string? Worker { get; private init; }

    public string? File { get; private init; }

    /// <summary>The first line of what an exception tells.</summary>
    public string? Cause { get; private init; }

    /// <summary>It says that its file has failed, or was tried in vain.</summary>
    public bool IsFailure { get; private init; }

    public bool IsError => Level == Error;

    /// <returns>Null where it is no line of a log, as one that a full disk has cut.</returns>
    public static LogEntry? TryParse(string line, string log)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object || Text("time") is not { } time || Text("message") is not { } message)
                return null;
            return new LogEntry(line, time, Text("level") ?? "", message, log)
            {
                Program = Text("program"),
                Worker = Text("worker"),
                File = Text("file"),
                Cause = Text(Error)?.Split('\n')[0],
                IsFailure = Failures.Contains(Text("event")),
            };

            string? Text(string name) =>
                root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>As people read it, on one line; whoever writes it cleans it.</summary>
    public override string ToString()
    {
        var time = Time.Length > 23 ? Time[..23].Replace('T', ' ') : Time;
        var who = Program == "worker" ? Worker ?? Log : Program ?? Log;
        var file = File is null || Message.Contains(File, StringComparison.Ordinal) ? "" : $" [{File}]";
        var cause = Cause is null || Message.Contains(Cause, StringComparison.Ordinal) ? "" : $" ({Cause})";
        return $"{time} {(Level == "information" ? "info" : Level),-7} {who}: {Message}{file}{cause}";
    }
}
