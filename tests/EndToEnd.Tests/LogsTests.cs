using System.Text.Json.Nodes;

namespace FineWebTorch.EndToEnd.Tests;

/// <summary>The logs of a run with workers of its own and one elsewhere, as one.</summary>
public sealed class LogsTests : IDisposable
{
    private readonly RunFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Logs_OfTwoLocalWorkersAndARemoteOne_AreShownTogether_WithWhatTheRemoteOneWarnsOf()
    {
        await PauseAsync();
        var (own, address) = (_folder.NewFolder("own"), $"127.0.0.1:{FreePorts.Take()}");
        await using var remote = ProgramProcess.StartThrough(
            _folder.Elsewhere("logs"), new Dictionary<string, string?>(), "worker", "--device", "cpu", "--threads", "1",
            "--coordinator", $"http://{address}", "--cache", _folder.NewFolder("cache"), "--log-file", own);
        await remote.LineWithAsync("no coordinator at");
        await using var coordinator = ProgramProcess.Start(
            "coordinator", _folder.Arguments("logs", "--local-workers", "2", "--listen", address));
        await coordinator.LineWithAsync($"worker {Environment.MachineName}/cpu/{remote.Id} ");
        while (!(await ShowAsync()).Contains("no coordinator at", StringComparison.Ordinal))
            Assert.False(remote.HasEnded || coordinator.HasEnded, remote.Errors + coordinator.Errors);
        Assert.Equal(0, (await ProgramProcess.RunAsync("coordinator", "resume", "--run", _folder.Run("logs"))).ExitCode);
        Assert.Equal(0, await coordinator.ExitAsync());
        Assert.Equal(0, await remote.ExitAsync());

        var lines = (await ShowAsync("--json")).Trim().Split('\n').Select(line => JsonNode.Parse(line)!).ToList();
        Assert.Equal("starting the run", ((string)lines[0]["message"]!)[..16]);
        Assert.Equal("ended", (string?)lines[^1]["event"]);
        Assert.Single(lines.Select(line => (string?)line["run"]).OfType<string>().Distinct());
        var scored = lines.Where(line => (string?)line["event"] == "scoring_file").ToList();
        Assert.NotEmpty(scored);
        Assert.All(scored, line => Assert.True(line["lease"] is not null && line["file"] is not null && line["worker"] is not null));
        var warning = Assert.Single(lines, line => ((string)line["message"]!).StartsWith("no coordinator at", StringComparison.Ordinal));
        Assert.Equal(("warning", "worker"), ((string?)warning["level"], (string?)warning["program"]));
        // Its own name, and not said twice for the local ones.
        Assert.EndsWith($"/{remote.Id}", (string?)warning["worker"], StringComparison.Ordinal);
        Assert.Contains((string)warning["message"]!, await File.ReadAllTextAsync(Assert.Single(Directory.GetFiles(own))), StringComparison.Ordinal);
        Assert.Equal(
            ["coordinator.jsonl", "local-worker-0.jsonl", "local-worker-1.jsonl"],
            Directory.GetFiles(Path.Combine(_folder.Run("logs"), "logs")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    /// <summary>Before anybody can work on it.</summary>
    private async Task PauseAsync()
    {
        await using var first = ProgramProcess.Start("coordinator", _folder.Arguments("logs"));
        await first.WorkerArgumentsAsync();
        Assert.Equal(0, (await ProgramProcess.RunAsync("coordinator", "pause", "--run", _folder.Run("logs"))).ExitCode);
        first.Signal("INT");
        Assert.Equal(130, await first.ExitAsync());
    }

    private async Task<string> ShowAsync(params string[] options)
    {
        var (exitCode, output, errors) = await ProgramProcess.RunAsync(
            "coordinator", ["logs", "--run", _folder.Run("logs"), .. options]);
        Assert.True(exitCode == 0, errors);
        return output;
    }
}
