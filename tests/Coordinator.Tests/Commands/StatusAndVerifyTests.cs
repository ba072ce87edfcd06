using System.Text.Json;
using System.Text.Json.Nodes;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Commands;
using FineWebTorch.Coordinator.Console;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Coordinator.Scheduling;
using FineWebTorch.Coordinator.Tests.OnHub;
using FineWebTorch.Hub;
using FineWebTorch.Parquet;

namespace FineWebTorch.Coordinator.Tests.Commands;

public sealed class StatusAndVerifyTests : SampleCommandTests
{
    private static HubEnvironment NoHub => new(_ => throw new InvalidOperationException("no Hub in these tests"));

    [Fact]
    public async Task Status_NoRunInTheFolder_IsOneLine()
    {
        Assert.Equal(ExitCode.Failure, await CallAsync("status", "--run", Sample["in"]));
        Assert.Contains($"--run {Sample["in"]}: no run here", Errors.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Status_CoordinatorAtWork_NamesItsProcessAndWhatIsInWork()
    {
        using var run = await Sample.PrepareAsync();
        run.Ledger.Commit([new LedgerChange.LeaseGranted(
            new LeaseRecord(1, LeaseKind.Score, 2, new WindowRange(0, 1), "worker-7"))]);

        await CallAsync("status", "--run", Sample["run"]);

        Assert.StartsWith(
            $"running (process {Environment.ProcessId}): 0 of 4 files", Output.ToString(), StringComparison.Ordinal);
        Assert.Contains("in work: 000_00002.parquet 0/40 rows, worker-7", Output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Status_RunStoppedByItself_SaysWhy()
    {
        (await Sample.PrepareAsync()).Dispose();
        var events = Path.Combine(Sample["run"], EventLog.FileName);
        File.WriteAllText(events, """
            {"event":"ended","time":"2026-01-02T03:04:05.678Z","state":"stopped","reason":"the disk is full"}

            """);

        Assert.Equal(ExitCode.Interrupted, await CallAsync("status", "--run", Sample["run"]));

        Assert.Contains(
            "not running: it stopped by itself (the disk is full); the same command resumes it: ", Output.ToString(),
            StringComparison.Ordinal);

        // The session after that one was killed.
        File.AppendAllText(events, """{"event":"worker_joined","time":"2026-01-02T03:05:05.678Z"}""" + "\n");
        await CallAsync("status", "--run", Sample["run"]);
        Assert.EndsWith(
            "no live coordinator holds the run's lock", Output.ToString().Split("; the same command")[^2],
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Status_CoordinatorWasKilled_SaysSoAndHowToGoOn()
    {
        (await Sample.PrepareAsync(Sample.Arguments.With("--keep", "all"))).Dispose();

        Assert.Equal(ExitCode.Interrupted, await CallAsync("status", "--run", Sample["run"], "--watch"));

        Assert.StartsWith("stopped: 0 of 4 files", Output.ToString(), StringComparison.Ordinal);
        Assert.Contains(
            "not running: no live coordinator holds the run's lock; the same command resumes it: ", Output.ToString(),
            StringComparison.Ordinal);
        Assert.Contains(
            $" run --run {Sample["run"]} --input {Sample["in"]} --output {Sample["out"]} --model {Sample["model"]} " +
            "--keep all\n", Output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Status_RunWasInterrupted_SaysSo()
    {
        using (var run = await Sample.PrepareAsync())
        {
            using var interrupt = new CancellationTokenSource();
            await new RunSession(
                Sample.Arguments.Parse(), run, new Recorder { OnStart = interrupt.Cancel }, TimeProvider.System,
                workerProgram: null).RunAsync(interrupt.Token);
        }

        Assert.Equal(ExitCode.Interrupted, await CallAsync("status", "--run", Sample["run"]));
        Assert.Contains("not running: it was interrupted", Output.ToString(), StringComparison.Ordinal);
        Assert.False(File.Exists(Sample["run", "progress.json"]));
    }

    [Fact]
    public async Task Status_FilesHaveFailed_ExitsAsTheRun()
    {
        await File.WriteAllTextAsync(Sample["in", "000_00001.parquet"], "no parquet");
        await ScoredRun.CompleteAsync(Sample, Sample.Arguments.With("--window-rows", "4"));

        Assert.Equal(ExitCode.FilesFailed, await CallAsync("status", "--run", Sample["run"]));
        Assert.StartsWith("finished: 3 of 4 files", Output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Status_ShardsWaitToReplaceEarlierOnes_SaysThatTheyDo()
    {
        var arguments = Sample.Arguments.With("--window-rows", "4", "--overwrite", "true");
        await File.WriteAllTextAsync(Sample["out", "data", "train-00000-of-00009.parquet"], "of another run");
        await ScoredRun.CompleteAsync(Sample, arguments);

        Assert.Equal(ExitCode.Success, await CallAsync("status", "--run", Sample["run"]));
        Assert.StartsWith("unpublished: 4 of 4 files", Output.ToString(), StringComparison.Ordinal);
        Assert.Contains("not published: the same command", Output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Status_JsonOfARunAtWork_NamesWorkersWithRates()
    {
        using var run = await Sample.PrepareAsync();
        var worker = new WorkerSnapshot("id-1", "node-1", "a GPU", Connected: true, Rows: 80, "000_00000.parquet")
        {
            Phases = new DevicePhases(0.9, 0.05, 0, 0),
            Figures = new DeviceFigures(0.97, 12_400_000_000, 80_000_000_000, Watts: 412, Celsius: null),
        };
        var snapshot = run.Core.Snapshot(TimeSpan.FromSeconds(4)) with { Workers = [worker] };
        var rates = new RunRates(
            20, 4000, TimeSpan.FromSeconds(8), new Dictionary<string, double> { ["id-1"] = 20 });
        await File.WriteAllTextAsync(
            Sample["run", "progress.json"],
            JsonSerializer.Serialize(new RunProgress(snapshot, rates), RunSummary.Json));

        await CallAsync("status", "--run", Sample["run"], "--json", "--examples", "1");
        var status = JsonNode.Parse(Output.ToString())!;
        Assert.Equal(
            ("running", Environment.ProcessId, 20, 8),
            ((string)status["state"]!, (int)status["process"]!, (int)status["documents_per_second"]!,
                (int)status["seconds_left"]!));
        Assert.Equal("node-1", (string)status["workers"]![0]!["name"]!);
        Assert.Equal(20, (int)status["workers"]![0]!["documents_per_second"]!);
        Assert.Equal(0.05, (double)status["workers"]![0]!["device_phases"]!["reader"]!);
        Assert.Equal(
            """{"utilization":0.97,"memory_used":12400000000,"memory_total":80000000000,"watts":412}""",
            status["workers"]![0]!["device_figures"]!.ToJsonString());
        Assert.Empty(status["examples"]!["highest"]!.AsArray());

        Output.GetStringBuilder().Clear();
        await CallAsync("status", "--run", Sample["run"]);
        Assert.Contains(
            "worker node-1 (a GPU): 20 docs/s, device busy 90.0 %, in use 97.0 %, memory 12.4 GB of 80 GB, 412 W, " +
            "000_00000.parquet",
            Output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Newest_OfSeveralRuns_IsTheOneThatWasWorkedOnLast()
    {
        var told = new List<string>();
        Assert.Contains(
            "no run here", Assert.Throws<UserErrorException>(() => RunFinder.Newest(Sample["x"], told.Add)).Message,
            StringComparison.Ordinal);
        var old = Sample.Arguments.With("--run", Sample["here", "old"]);
        (await Sample.PrepareAsync(old)).Dispose();
        Assert.Equal(Sample["here", "old"], RunFinder.Newest(Sample["here"], told.Add));
        Assert.Empty(told);
        (await Sample.PrepareAsync(old.With("--run", Sample["here", "runs", "new"]))).Dispose();
        foreach (var file in Directory.GetFiles(Sample["here", "old"]))
            File.SetLastWriteTimeUtc(file, DateTime.UnixEpoch);

        Assert.Equal(Sample["here", "runs", "new"], RunFinder.Newest(Sample["here"], told.Add));
        Assert.Equal([$"{Sample["here", "runs", "new"]} is the newest of 2 runs here; --run names another"], told);
    }

    [Fact]
    public async Task Status_Json_CountsWhatIsScored()
    {
        using (var run = await Sample.PrepareAsync())
            run.Ledger.Commit([Window(file: 1, kept: 3)]);

        await CallAsync("status", "--run", Sample["run"], "--json");

        var status = JsonNode.Parse(Output.ToString())!;
        Assert.Equal(
            ("stopped", 160, 40, 3),
            ((string)status["state"]!, (int)status["rows"]!, (int)status["rows_scored"]!, (int)status["rows_kept"]!));
    }

    [Fact]
    public async Task Status_Examples_ShowsTheHighestAndLowestWithTheirWords()
    {
        using (var run = await Sample.PrepareAsync())
            run.Ledger.Commit([Window(file: 2, kept: 0)]);

        await CallAsync("status", "--run", Sample["run"], "--examples", "2");

        var lines = Output.ToString().Split('\n').SkipWhile(line => line != "highest scores:").ToList();
        Assert.StartsWith("   39.000  000_00002.parquet row 39: ", lines[1], StringComparison.Ordinal);
        Assert.StartsWith("    0.000  000_00002.parquet row 0: Solving quadratic", lines[4], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("status", "--examples", "1001", "give a whole number from 0 to 1000")]
    [InlineData("verify", "--sample", "0", "give a whole number of 1 or more")]
    public async Task Number_OutOfItsRange_IsRefusedBeforeTheRunIsOpened(
        string command, string option, string number, string reason)
    {
        Assert.Equal(ExitCode.Usage, await CallAsync(command, "--run", Sample["in"], option, number));
        Assert.Contains($"{option} {number}: {reason}", Errors.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_NoFinishedShard_IsOneLine()
    {
        (await Sample.PrepareAsync()).Dispose();

        Assert.Equal(ExitCode.Failure, await CallAsync("verify", "--run", Sample["run"]));
        Assert.Contains("no finished shard", Errors.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("score", "scored again")]
    [InlineData("byte", "sha256 is not that of the ledger")]
    [InlineData("length", "bytes instead of")]
    [InlineData("missing", "the shard is not there")]
    [InlineData("stranger", "train-00001-of-00002.parquet: this shard does not belong to the run")]
    public async Task Verify_ShardIsNotAsItShouldBe_SaysSoAndFails(string fault, string reason)
    {
        var shard = Sample["out", "data", "train-00000-of-00004.parquet"];
        using (var run = await Sample.PrepareAsync())
            run.Ledger.Commit([Window(file: 0, kept: 40), .. Built(shard, row => row == 7 ? 4.75f : 1f)]);
        var bytes = await File.ReadAllBytesAsync(shard);
        switch (fault)
        {
            case "byte":
                bytes[^5] ^= 1;
                await File.WriteAllBytesAsync(shard, bytes);
                break;
            case "length": await File.WriteAllBytesAsync(shard, bytes[..^1]); break;
            case "missing": File.Delete(shard); break;
            case "stranger":
                File.Copy(shard, Sample["out", "data", "train-00001-of-00002.parquet"]);
                break;
            default: break;
        }

        Assert.Equal(ExitCode.Failure, await CallAsync("verify", "--run", Sample["run"], "--device", "cpu"));
        Assert.Contains(reason, Output.ToString(), StringComparison.Ordinal);
    }

    private IEnumerable<LedgerChange> Built(string path, Func<long, float> score)
    {
        var result = ShardWriter.Write(
            new ShardRequest(
                Sample["in", "000_00000.parquet"], path, "text", "score", "int_score", ReplaceScoreColumns: false,
                Rows: 0, new Dictionary<string, string>()),
            Enumerable.Range(0, 40).Select(row => new ScoredRow(row, score(row), 1)));
        yield return new LedgerChange.ShardPrepared(new ShardRecord(
            0, "data/train-00000-of-00004.parquet", 1, result.Size, result.Sha256, 40, 40, 0, [], Done: false));
        yield return new LedgerChange.ShardDone(0);
    }

    private static LedgerChange.WindowCompleted Window(int file, long kept) => new(
        new WindowRecord(file, 0, 40, kept, 0, 400, new Dictionary<string, long> { ["class a"] = 40 }),
        [.. Enumerable.Range(0, 40).Select(row => (float)row)]);

    private Task<int> CallAsync(params string[] arguments) => CallAsync(
        [StatusCommandLine.Create(Output, NoHub, TimeProvider.System), VerifyCommandLine.Create(Output, NoHub)], arguments);
}
