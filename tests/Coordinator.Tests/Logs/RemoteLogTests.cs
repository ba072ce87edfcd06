using System.Text.Json.Nodes;
using FineWebTorch.Coordinator.Logs;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Coordinator.Tests.Running;
using FineWebTorch.Protos.V1;
using FineWebTorch.Telemetry.Logs;

namespace FineWebTorch.Coordinator.Tests.Logs;

/// <summary>What workers elsewhere warn of, in the coordinator's log.</summary>
public sealed class RemoteLogTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly CoreHarness _run = new(16);
    private readonly FakeTime _time = new();
    private readonly ProgramLog _log = new(new LogSetup("coordinator", new LogOptions()) { IsFileToCome = true });
    private readonly HashSet<string> _local = new(StringComparer.Ordinal);

    public RemoteLogTests()
    {
        _log.WriteTo(_folder["logs", "coordinator.jsonl"]);
        _run.Core.Hear = new RemoteLog(_log, _time, worker => _local.Contains(worker.Name)).Take;
    }

    public void Dispose()
    {
        _log.Dispose();
        _run.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Text_WithASecretAndMarks_IsOneCleanLineUnderTheWorkersName()
    {
        Say(_run.Join("gpu-1"), new LogLines.Types.Line
        {
            IsError = true,
            Message = "disk\n\u001b[2J fwj1_ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefgh",
            UnixMilliseconds = 1,
            Lease = "7",
            File = "a\n.parquet",
        });

        var line = Assert.Single(Lines());
        Assert.Equal(
            ("error", "disk??[2J …", "worker", "gpu-1", "7", "a?.parquet", "1970-01-01T00:00:00.001000Z"),
            ((string?)line["level"], (string?)line["message"], (string?)line["program"], (string?)line["worker"],
                (string?)line["lease"], (string?)line["file"], (string?)line["said_at"]));
    }

    [Fact]
    public void WorkerOfThisFolder_IsNotKeptTwice()
    {
        _local.Add("local");
        Say(_run.Join("local"), Warning("in its own log"));
        Say(_run.Join("elsewhere"), Warning("here"));

        Assert.Equal("here", (string?)Assert.Single(Lines())["message"]);
    }

    [Fact]
    public void Flood_OfOneWorker_IsCutAndCounted_AndOthersAreHeard()
    {
        var flooding = _run.Join("flooding");
        for (var message = 0; message < 10; message++)
            Say(flooding, [.. Enumerable.Repeat(Warning("again"), 100)]);
        Say(_run.Join("calm"), Warning("once"));
        _time.Advance(TimeSpan.FromSeconds(1));
        Say(flooding, Warning("later"));

        var texts = Lines().Select(line => (string)line["message"]!).ToList();
        Assert.Equal(100, texts.Count(text => text == "again"));
        Assert.Equal(
            ["once", "900 lines that this worker warned of before were left out: its own log has them", "later"], texts[100..]);
    }

    [Theory]
    [InlineData(long.MinValue)]
    [InlineData(long.MaxValue)]
    public void Clock_ThatShowsNoTime_IsLeftOut(long time)
    {
        Say(_run.Join("odd"), new LogLines.Types.Line { Message = "x", UnixMilliseconds = time });

        Assert.Null(Assert.Single(Lines())["said_at"]);
    }

    [Fact]
    public void Lines_ThatNoWorkerOfThisProgramSays_BreakTheProtocol()
    {
        var many = new LogLines { Lines = { Enumerable.Repeat(Warning(""), 101) } };

        Assert.Equal("101 lines of its log at once", MessageChecks.FaultOfShape(new WorkerMessage { Log = many }));
        Assert.Equal(
            "a line of its log has more than 8000 characters",
            MessageChecks.FaultOfShape(new WorkerMessage { Log = new LogLines { Lines = { Warning(new string('x', 8_001)) } } }));
    }

    private static LogLines.Types.Line Warning(string message) => new() { Message = message };

    private void Say(FakeSession session, params LogLines.Types.Line[] lines) =>
        _run.Say(session, new WorkerMessage { Log = new LogLines { Lines = { lines } } });

    private List<JsonNode> Lines()
    {
        _log.Dispose();
        return [.. File.ReadAllLines(_folder["logs", "coordinator.jsonl"]).Select(line => JsonNode.Parse(line)!)];
    }
}
