using System.CommandLine;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Commands;
using FineWebTorch.Coordinator.Disk;

namespace FineWebTorch.Coordinator.Tests.Logs;

public sealed class LogsCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly StringWriter _output = new() { NewLine = "\n" };
    private readonly StringWriter _errors = new();
    private readonly FakeTime _time = new();

    private string Logs => RunPlaces.LogsOf(_folder["run"]);

    public LogsCommandTests() => Directory.CreateDirectory(Logs);

    public void Dispose()
    {
        _folder.Dispose();
        _output.Dispose();
        _errors.Dispose();
    }

    [Fact]
    public async Task Folder_WithoutLogs_IsRefusedInOneLine()
    {
        Directory.Delete(Logs);

        Assert.Equal(ExitCode.Failure, await CallAsync());
        Assert.Matches("^[^:]+: .*/run: no logs: [^\n]*\n$", _errors.ToString());
    }

    [Fact]
    public async Task Lines_OfSeveralLogs_AreInTheOrderOfTime_AndDamagedOnesArePassedOver()
    {
        Write("coordinator.jsonl", Line(1, "starting"), "{\"time\":\"cut", Line(4, "over"), "[]", "7");
        Write("local-worker-0.jsonl", Line(2, "connected", "worker", "a/cpu/1"), Line(3, "warm", "worker", "a/cpu/1"));

        Assert.Equal(ExitCode.Success, await CallAsync());
        Assert.Equal(
            ["2026-11-29 07:00:01.000 info    coordinator: starting",
                "2026-11-29 07:00:02.000 info    a/cpu/1: connected", "2026-11-29 07:00:03.000 info    a/cpu/1: warm",
                "2026-11-29 07:00:04.000 info    coordinator: over"],
            Shown());
    }

    [Fact]
    public async Task Files_ThatWerePutAside_ComeFirstTheOldestFirst()
    {
        Write("coordinator.2.jsonl", Line(1, "first"));
        Write("coordinator.1.jsonl", Line(2, "second"));
        Write("coordinator.jsonl", Line(3, "third"));

        await CallAsync();

        Assert.Equal(["first", "second", "third"], Shown().Select(line => line.Split(' ')[^1]));
    }

    [Theory]
    [InlineData("a/cpu/1")]
    [InlineData("local-worker-0")]
    public async Task Worker_ByItsNameOrThatOfItsLog_IsShownAlone(string name)
    {
        Write("coordinator.jsonl", Line(1, "starting"), Line(2, "worker b has joined", worker: "b/cpu/2"));
        Write("local-worker-0.jsonl", Line(3, "connected", "worker", "a/cpu/1"));

        await CallAsync("--worker", name);

        Assert.Equal("2026-11-29 07:00:03.000 info    a/cpu/1: connected", Assert.Single(Shown()));
    }

    /// <summary>The variable of that name is the program that <c>--local-workers</c> starts.</summary>
    [Fact]
    public async Task Worker_IsNotTakenFromAVariable()
    {
        Write("coordinator.jsonl", Line(1, "starting"));

        await CallAsync();

        Assert.Single(Shown());
    }

    [Fact]
    public async Task Failed_ShowsErrorsAndAllLinesOfFilesThatFailed_AlsoThoseOfBefore()
    {
        Write(
            "coordinator.jsonl", Line(2, "good.parquet is done", file: "good.parquet"),
            Line(3, "bad.parquet has failed: damaged", file: "bad.parquet", happened: "file_failed"),
            Line(4, "no disk", level: "error"), Line(5, "slow", level: "warning"));
        Write("local-worker-0.jsonl", Line(1, "scoring it", "worker", "a/cpu/1", file: "bad.parquet"));

        await CallAsync("--failed");

        Assert.Equal(
            ["scoring it [bad.parquet]", "bad.parquet has failed: damaged", "no disk"],
            Shown().Select(line => line.Split(": ", 2)[1]));
    }

    [Fact]
    public async Task Json_IsTheLinesAsTheyAre()
    {
        Write("coordinator.jsonl", Line(1, "starting"));

        await CallAsync("--json");

        Assert.Equal(Line(1, "starting"), Assert.Single(Shown()));
    }

    [Fact]
    public async Task Follow_ShowsWhatComesLater_ThroughRotations_UntilTheCoordinatorEnds()
    {
        using var log = new RotatedLines(Path.Combine(Logs, "coordinator.jsonl")) { MostBytes = 400 };
        var running = RunLock.Take(_folder["run"]);
        log.Write(Line(1, "first"));
        var following = CallAsync("--follow");
        await UntilAsync(() => Shown().Length == 1);

        for (var second = 2; second < 12; second++)
            log.Write(Line(second, "later"));
        await UntilAsync(() => Shown().Length == 11);
        Write("local-worker-0.jsonl", Line(13, "a new log", "worker", "a/cpu/1"));
        running.Dispose();

        await UntilAsync(() => following.IsCompleted);
        Assert.Equal(ExitCode.Success, await following);
        Assert.Equal(12, Shown().Length);
        Assert.EndsWith("a/cpu/1: a new log", Shown()[^1], StringComparison.Ordinal);
    }

    /// <summary>Time passes until it is so; a test that waits in vain ends by its time limit.</summary>
    private async Task UntilAsync(Func<bool> isSo)
    {
        while (!isSo())
        {
            _time.Advance(TimeSpan.FromMilliseconds(500));
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }
    }

    private string[] Shown()
    {
        lock (_output)
            return _output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    private void Write(string name, params string[] lines) => File.WriteAllLines(Path.Combine(Logs, name), lines);

    private static string Line(
        int second, string message, string program = "coordinator", string? worker = null, string? file = null,
        string level = "information", string? happened = null) =>
        System.Text.Json.JsonSerializer.Serialize(
            new { time = $"2026-11-29T07:00:{second:00}.000000Z", level, message, program, worker, file, @event = happened });

    private Task<int> CallAsync(params string[] options) => CommandLineApp.RunAsync(
        new RootCommand { LogsCommandLine.Create(new Locked(_output), _time) }, ["logs", "--run", _folder["run"], .. options],
        TestContext.Current.CancellationToken, _errors, name => name == "FINEWEB_WORKER" ? "bin/worker" : null);

    /// <summary>Read while it is written to.</summary>
    private sealed class Locked(StringWriter inner) : TextWriter
    {
        public override System.Text.Encoding Encoding => inner.Encoding;

        public override void WriteLine(string? value)
        {
            lock (inner)
                inner.WriteLine(value);
        }
    }
}
