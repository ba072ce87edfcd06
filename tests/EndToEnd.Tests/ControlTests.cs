using System.Text.Json.Nodes;

namespace FineWebTorch.EndToEnd.Tests;

/// <summary>A person changes a live run, by commands that find it by its folder.</summary>
public sealed class ControlTests : IDisposable
{
    private readonly RunFolder _folder = new(copies: 3);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Pause_Drain_Ban_Skip_Resume_OnARunOfRealPrograms()
    {
        await using var coordinator = ProgramProcess.Start("coordinator", _folder.Arguments("live"));
        var arguments = await coordinator.WorkerArgumentsAsync();
        await using var drained = ProgramProcess.StartWorker(_folder.Braked(50), arguments);
        await drained.LineWithAsync("scoring ");
        Assert.Equal("paused: workers give back what they hold and get nothing new\n", await DoAsync("pause", "--now"));
        await drained.LineWithAsync("the run is paused");
        Assert.Equal("paused", (string)(await StatusAsync())["state"]!);

        var name = (string)JsonNode.Parse(await DoAsync("workers", "--json"))!["workers"]![0]!["name"]!;
        Assert.Equal($"{name}: gives its work back and ends\n", await DoAsync("workers", "drain", name));
        Assert.Equal(0, await drained.ExitAsync());

        await using var banned = ProgramProcess.Start("worker", arguments);
        await banned.LineWithAsync("the run is paused");
        await DoAsync("workers", "ban", "*");
        Assert.Equal(5, await banned.ExitAsync());
        Assert.Contains("has banned * from this run", banned.Errors, StringComparison.Ordinal);
        await DoAsync("workers", "allow", "*");

        // What a person has said outlives the coordinator.
        await DoAsync("files", "skip", "001/*");
        coordinator.Signal("KILL");
        await coordinator.ExitAsync();
        await using var second = ProgramProcess.Start(
            "coordinator", _folder.Arguments("live", "--listen", new Uri(arguments[^1]).Authority));
        await using var last = ProgramProcess.Start("worker", arguments);
        await last.LineWithAsync("the run is paused");
        await DoAsync("files", "retry", "001/000_00002.parquet");
        Assert.Equal("no longer paused\n", await DoAsync("resume"));

        Assert.Equal(3, await second.ExitAsync());
        Assert.Equal(0, await last.ExitAsync());
        Assert.Equal(9, _folder.Shards("live").Count);
        var events = await File.ReadAllLinesAsync(Path.Combine(_folder.Run("live"), "events.jsonl"));
        string[] expected = ["run_paused", "worker_drained", "worker_banned", "ban_lifted", "file_reopened", "run_resumed"];
        Assert.Equal(
            expected, events.Select(line => (string)JsonNode.Parse(line)!["event"]!).Where(expected.Contains).Distinct());
    }

    [Fact]
    public async Task NobodyWorksOnTheRun_CommandsSaySo_OrHoldFromItsNextStartOn()
    {
        await using (var coordinator = ProgramProcess.Start("coordinator", _folder.Arguments("idle")))
        {
            await coordinator.WorkerArgumentsAsync();
            coordinator.Signal("INT");
            await coordinator.ExitAsync();
        }

        var (exitCode, _, errors) = await ProgramProcess.RunAsync("coordinator", "workers", "--run", _folder.Run("idle"));
        Assert.Equal(1, exitCode);
        Assert.Contains("no coordinator works on this run", errors, StringComparison.Ordinal);
        Assert.EndsWith("(from the next start of the run on)\n", await DoAsyncOn("idle", "pause"), StringComparison.Ordinal);
        var resumed = await DoAsyncOn("idle", "resume");
        Assert.Contains($"run --run {_folder.Run("idle")}", resumed, StringComparison.Ordinal);
    }

    private Task<string> DoAsync(params string[] command) => DoAsyncOn("live", command);

    private async Task<string> DoAsyncOn(string run, params string[] command)
    {
        var (exitCode, output, errors) = await ProgramProcess.RunAsync(
            "coordinator", [.. command, "--run", _folder.Run(run)]);
        Assert.True(exitCode == 0, errors);
        return output;
    }

    private async Task<JsonNode> StatusAsync() => JsonNode.Parse(await DoAsync("status", "--json"))!;
}
