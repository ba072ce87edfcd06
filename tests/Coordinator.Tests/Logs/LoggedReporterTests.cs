using System.Text.Json.Nodes;
using FineWebTorch.Coordinator.Logs;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Coordinator.Tests.Commands;
using FineWebTorch.Telemetry.Logs;

namespace FineWebTorch.Coordinator.Tests.Logs;

public sealed class LoggedReporterTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Events_AreKeptWithWhatTheyAreAbout_AndTold()
    {
        var next = new Recorder();
        using (var log = new ProgramLog(new LogSetup("coordinator", new LogOptions()) { IsFileToCome = true }))
        {
            log.WriteTo(_folder["logs", "coordinator.jsonl"]);
            using var reporter = new LoggedReporter(next, log);
            reporter.Observe(new RunEvent.Warning("a disk is slow"));
            reporter.Observe(new RunEvent.AttemptFailed("a.parquet", "gpu-1", "damaged"));
            reporter.Observe(new RunEvent.FileFailed("a.parquet", "damaged"));
            reporter.Observe(new RunEvent.WorkerLeft("gpu-1"));
        }

        var lines = File.ReadAllLines(_folder["logs", "coordinator.jsonl"]).Select(line => JsonNode.Parse(line)!).ToList();
        Assert.Equal(["warning", "warning", "error", "information"], lines.Select(line => (string?)line["level"]));
        Assert.Equal(
            ["warning", "attempt_failed", "file_failed", "worker_left"], lines.Select(line => (string?)line["event"]));
        Assert.Equal([null, "a.parquet", "a.parquet", null], lines.Select(line => (string?)line["file"]));
        Assert.Equal([null, "gpu-1", null, "gpu-1"], lines.Select(line => (string?)line["worker"]));
        Assert.Equal("a disk is slow", (string?)lines[0]["message"]);
        Assert.Equal(4, next.Events.Count);
    }
}
