using System.CommandLine;
using System.Text.Json.Nodes;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Commands;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Hub;
using FineWebTorch.Parquet;

namespace FineWebTorch.Coordinator.Tests.Commands;

public sealed class StatusAndVerifyTests : IDisposable
{
    private readonly SampleRun _sample = new();
    private readonly StringWriter _output = new();
    private readonly StringWriter _errors = new();

    private static HubEnvironment NoHub => new(_ => throw new InvalidOperationException("no Hub in these tests"));

    public void Dispose()
    {
        _sample.Dispose();
        _output.Dispose();
        _errors.Dispose();
    }

    [Fact]
    public async Task Status_NoRunInTheFolder_IsOneLine()
    {
        Assert.Equal(ExitCode.Failure, await CallAsync("status", "--run", _sample["in"]));
        Assert.Contains($"--run {_sample["in"]}: no run here", _errors.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Status_CoordinatorAtWork_NamesItsProcessAndWhatIsInWork()
    {
        using var run = await _sample.PrepareAsync();
        run.Ledger.Commit([new LedgerChange.LeaseGranted(
            new LeaseRecord(1, LeaseKind.Score, 2, new WindowRange(0, 1), "worker-7"))]);

        await CallAsync("status", "--run", _sample["run"]);

        Assert.StartsWith(
            $"running (process {Environment.ProcessId}): 0 of 4 files", _output.ToString(), StringComparison.Ordinal);
        Assert.Contains("in work: 000_00002.parquet 0/1, worker-7", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Status_Json_CountsWhatIsScored()
    {
        using (var run = await _sample.PrepareAsync())
            run.Ledger.Commit([Window(file: 1, kept: 3)]);

        await CallAsync("status", "--run", _sample["run"], "--json");

        var status = JsonNode.Parse(_output.ToString())!;
        Assert.Equal(
            ("stopped", 160, 40, 3),
            ((string)status["state"]!, (int)status["rows"]!, (int)status["rows_scored"]!, (int)status["rows_kept"]!));
    }

    [Fact]
    public async Task Status_Examples_ShowsTheHighestAndLowestWithTheirWords()
    {
        using (var run = await _sample.PrepareAsync())
            run.Ledger.Commit([Window(file: 2, kept: 0)]);

        await CallAsync("status", "--run", _sample["run"], "--examples", "2");

        var lines = _output.ToString().Split('\n').SkipWhile(line => line != "highest scores:").ToList();
        Assert.StartsWith("   39.000  000_00002.parquet row 39: ", lines[1], StringComparison.Ordinal);
        Assert.StartsWith("    0.000  000_00002.parquet row 0: Solving quadratic", lines[4], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("status", "--examples", "1001", "give a whole number from 0 to 1000")]
    [InlineData("verify", "--sample", "0", "give a whole number of 1 or more")]
    public async Task Number_OutOfItsRange_IsRefusedBeforeTheRunIsOpened(
        string command, string option, string number, string reason)
    {
        Assert.Equal(ExitCode.Usage, await CallAsync(command, "--run", _sample["in"], option, number));
        Assert.Contains($"{option} {number}: {reason}", _errors.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_NoFinishedShard_IsOneLine()
    {
        (await _sample.PrepareAsync()).Dispose();

        Assert.Equal(ExitCode.Failure, await CallAsync("verify", "--run", _sample["run"]));
        Assert.Contains("no finished shard", _errors.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("score", "scored again")]
    [InlineData("byte", "sha256 is not that of the ledger")]
    [InlineData("length", "bytes instead of")]
    [InlineData("missing", "the shard is not there")]
    [InlineData("stranger", "train-00001-of-00002.parquet: this shard does not belong to the run")]
    public async Task Verify_ShardIsNotAsItShouldBe_SaysSoAndFails(string fault, string reason)
    {
        var shard = _sample["out", "data", "train-00000-of-00004.parquet"];
        using (var run = await _sample.PrepareAsync())
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
                File.Copy(shard, _sample["out", "data", "train-00001-of-00002.parquet"]);
                break;
            default: break;
        }

        Assert.Equal(ExitCode.Failure, await CallAsync("verify", "--run", _sample["run"], "--device", "cpu"));
        Assert.Contains(reason, _output.ToString(), StringComparison.Ordinal);
    }

    private IEnumerable<LedgerChange> Built(string path, Func<long, float> score)
    {
        var result = ShardWriter.Write(
            new ShardRequest(
                _sample["in", "000_00000.parquet"], path, "text", "score", "int_score", ReplaceScoreColumns: false,
                Rows: 0, new Dictionary<string, string>()),
            Enumerable.Range(0, 40).Select(row => new ScoredRow(row, score(row), 1)));
        yield return new LedgerChange.ShardPrepared(new ShardRecord(
            0, "data/train-00000-of-00004.parquet", 1, result.Size, result.Sha256, 40, 40, 0, [], Done: false));
        yield return new LedgerChange.ShardDone(0);
    }

    private static LedgerChange.WindowCompleted Window(int file, long kept) => new(
        new WindowRecord(file, 0, 40, kept, 0, 400, new Dictionary<string, long> { ["class a"] = 40 }),
        [.. Enumerable.Range(0, 40).Select(row => (float)row)]);

    private Task<int> CallAsync(params string[] arguments) => CommandLineApp.RunAsync(
        new RootCommand { StatusCommandLine.Create(_output, NoHub), VerifyCommandLine.Create(_output, NoHub) },
        arguments, CancellationToken.None, _errors);
}
