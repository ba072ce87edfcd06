using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using FineWebTorch.Coordinator.Running;

namespace FineWebTorch.Coordinator.Console;

/// <summary>One JSON object a line; <c>event</c> says what it is, <c>time</c> when it was, in UTC.</summary>
internal sealed class JsonReporter(TextWriter output, TimeProvider time) : IReporter
{
    private readonly Lock _lock = new();

    public TimeSpan Interval { get; } = TimeSpan.FromSeconds(2);

    public void Started(RunHeader header) => Write("started", header);

    public void Observe(RunEvent happened) =>
        Write(EventJson.NameOf(happened), happened);

    public void Progress(RunProgress progress) =>
        Write("progress", ProgressJson.Of(progress.Snapshot, progress.Rates));

    public void Finished(RunSummary summary) => Write("summary", summary);

    public void Dispose()
    {
    }

    private void Write(string name, object content)
    {
        var line = EventJson.Line(name, time, content);
        lock (_lock)
        {
            output.WriteLine(line);
            output.Flush();
        }
    }
}

/// <summary>What happened as a line of JSON: <c>event</c> says what it is, <c>time</c> when it was, in UTC.</summary>
internal static class EventJson
{
    public static string NameOf(RunEvent happened) =>
        JsonNamingPolicy.SnakeCaseLower.ConvertName(happened.GetType().Name);

    /// <param name="content">Its members are those of the line.</param>
    public static string Line(string name, TimeProvider time, object content)
    {
        var line = new JsonObject
        {
            ["event"] = name,
            ["time"] = time.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture),
        };
        var members = JsonSerializer.SerializeToNode(content, content.GetType(), RunSummary.Json)!.AsObject();
        foreach (var (key, value) in members.ToList())
        {
            members.Remove(key);
            line[key] = value;
        }

        return line.ToJsonString(RunSummary.Json);
    }
}

/// <summary>A run at one moment, as JSON has it.</summary>
internal static class ProgressJson
{
    public static object Of(RunSnapshot snapshot, RunRates rates) => new
    {
        snapshot.Paused,
        SecondsElapsed = Math.Round(snapshot.Elapsed.TotalSeconds, 3),
        snapshot.Files,
        snapshot.FilesDone,
        snapshot.FilesInWork,
        snapshot.Safe,
        snapshot.FilesFailed,
        snapshot.Rows,
        snapshot.RowsScored,
        RowsKept = snapshot.Kept,
        RowsUnscorable = snapshot.Unscorable,
        snapshot.Tokens,
        rates.DocumentsPerSecond,
        rates.TokensPerSecond,
        SecondsLeft = rates.Remaining?.TotalSeconds,
        Workers = Workers(snapshot, rates),
        snapshot.Quarantined,
        snapshot.Standstill,
    };

    public static IEnumerable<object> Workers(RunSnapshot snapshot, RunRates rates) =>
        snapshot.Workers.Select(worker => new
        {
            worker.Name,
            worker.Device,
            worker.Connected,
            DocumentsPerSecond = rates.ByWorker.GetValueOrDefault(worker.Id),
            DeviceBusy = worker.Busy,
            DevicePhases = worker.Phases,
            DeviceFigures = worker.Figures,
            worker.Doing,
            worker.Work,
            worker.Quarantine,
        });
}
