using System.Text.Json.Nodes;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Commands;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Scheduling;

namespace FineWebTorch.Coordinator.Tests.Commands;

/// <summary>Commands for a run that no coordinator works on.</summary>
public sealed class ControlCommandTests : SampleCommandTests
{
    [Fact]
    public async Task Pause_HoldsFromTheNextStartOn_AndResumeTellsHowToGoOn()
    {
        await StartAsync();

        Assert.Equal(ExitCode.Success, await CallAsync("pause"));
        Assert.Equal(
            "paused: workers finish what they hold and get nothing new (from the next start of the run on)\n", Said());
        using (var run = await Sample.PrepareAsync())
            Assert.True(run.Core.State.Paused);

        Assert.Equal(ExitCode.Success, await CallAsync("resume"));
        Assert.Contains($" run --run {Sample["run"]}", Said(), StringComparison.Ordinal);
        Assert.Equal(ExitCode.Failure, await CallAsync("resume"));
        Assert.Contains("the run is not paused, and no coordinator works on it; to go on: ", Errors.ToString(),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Skip_AndRetry_ChangeTheLedger()
    {
        await StartAsync();
        await CallAsync("files", "skip", "*1.parquet", "000_00003.parquet");
        using (var run = await Sample.PrepareAsync())
            Assert.Equal([1, 3], run.Core.Files.Held.Where(file => file.Stage == FileStage.Failed).Select(file => file.Index));

        await CallAsync("files", "retry", "000_00001.parquet");

        Assert.EndsWith("000_00001.parquet: is tried again (from the next start of the run on)\n", Said(),
            StringComparison.Ordinal);
        using var again = await Sample.PrepareAsync();
        Assert.Equal(FileStage.Scoring, again.Core.Files[1].Stage);
    }

    [Fact]
    public async Task Ban_IsKept_AndDrainNeedsSomebodyToAsk()
    {
        await StartAsync();

        Assert.Equal(ExitCode.Success, await CallAsync("workers", "ban", "node7*"));
        Assert.Equal(ExitCode.Failure, await CallAsync("workers", "drain", "node7*"));
        Assert.Equal(ExitCode.Failure, await CallAsync("workers"));

        Assert.Contains("no coordinator works on this run", Errors.ToString(), StringComparison.Ordinal);
        using var run = await Sample.PrepareAsync();
        Assert.Equal(["node7*"], run.Core.Snapshot(TimeSpan.Zero).Banned);
    }

    [Fact]
    public async Task Drain_OfAWorkerWhoseCoordinatorWasKilled_NeedsSomebodyToAsk()
    {
        await StartAsync();
        using (var ledger = SqliteLedger.Open(Sample["run", "ledger.sqlite"]))
            ledger.Commit([
                new LedgerChange.LeaseGranted(new LeaseRecord(7, LeaseKind.Score, 0, new WindowRange(0, 1), "w"))]);

        Assert.Equal(ExitCode.Failure, await CallAsync("workers", "drain", "w"));

        Assert.Contains("no coordinator works on this run", Errors.ToString(), StringComparison.Ordinal);
        using var run = await Sample.PrepareAsync();
        Assert.Single(run.Core.State.Leases);
    }

    [Fact]
    public async Task Files_ListsThoseThatFailedOrAreOpen()
    {
        await File.WriteAllTextAsync(Sample["in", "000_00002.parquet"], "no parquet");
        await StartAsync();

        await CallAsync("files", "--failed", "--json");
        var failed = JsonNode.Parse(Said())!;
        Assert.Equal(("000_00002.parquet", "failed"), ((string)failed["name"]!, (string)failed["state"]!));
        await CallAsync("files", "list", "*0.parquet", "--open");
        Assert.Equal("000_00000.parquet: scoring, 0 of 40 rows scored\n", Said());
    }

    [Theory]
    [InlineData("workers drain", "drain: give the NAME of one, or '*' for all")]
    [InlineData("files rety x", "rety: give list, retry or skip; did you mean retry?")]
    public async Task NothingToDoItTo_IsAUsageError(string command, string message)
    {
        Assert.Equal(ExitCode.Usage, await CallAsync(command.Split(' ')));
        Assert.Contains(message, Errors.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task NoRunThere_IsOneLine()
    {
        Assert.Equal(ExitCode.Failure, await CallAsync("pause", "--run", Sample["in"]));
        Assert.Contains("no run here", Errors.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task CoordinatorWithoutASocket_IsOneLine()
    {
        using var run = await Sample.PrepareAsync();

        Assert.Equal(ExitCode.Failure, await CallAsync("pause"));
        Assert.Contains(
            "a coordinator works on this run, but it has no socket for commands", Errors.ToString(),
            StringComparison.Ordinal);
    }

    private async Task StartAsync() => (await Sample.PrepareAsync()).Dispose();

    private string Said()
    {
        var said = Output.ToString();
        Output.GetStringBuilder().Clear();
        return said;
    }

    private Task<int> CallAsync(params string[] arguments) => CallAsync(
        [
            PauseCommandLine.CreatePause(Output), PauseCommandLine.CreateResume(Output),
            WorkersCommandLine.Create(Output), FilesCommandLine.Create(Output),
        ],
        arguments.Contains("--run") ? arguments : [.. arguments, "--run", Sample["run"]]);
}
