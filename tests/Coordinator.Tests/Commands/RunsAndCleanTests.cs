using System.Text.Json.Nodes;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Commands;
using FineWebTorch.Coordinator.Tests.OnHub;

namespace FineWebTorch.Coordinator.Tests.Commands;

public sealed class RunsAndCleanTests : SampleCommandTests
{
    private string Runs => Sample["all", "runs"];

    [Fact]
    public async Task Runs_OfAFolder_AreListedWithStateAndProgressTheNewestFirst()
    {
        await PrepareAsync();

        // Looking does not make a run one that was worked on last.
        Assert.Equal(ExitCode.Success, await CallAsync("runs", Sample["all"], "--json"));
        Output.GetStringBuilder().Clear();
        Assert.Equal(ExitCode.Success, await CallAsync("runs", Sample["all"]));

        var lines = Output.ToString().TrimEnd().Split('\n');
        Assert.StartsWith("run ", lines[0], StringComparison.Ordinal);
        Assert.Equal(4, lines.Length);
        Assert.Matches($@"^{Runs}/bad +unreadable +.*ledger.sqlite: cannot be read as a ledger", lines[1]);
        Assert.Matches($@"^{Runs}/stopped +stopped +0.0 %, 0 of 4 files +0\.\d s ago +{Sample["other"]}$", lines[2]);
        Assert.Matches($@"^{Runs}/done +finished +100.0 %, 4 of 4 files +[0-9,]+ days ago +{Sample["out"]}$", lines[3]);
    }

    [Fact]
    public async Task Runs_Json_IsOneObjectARun()
    {
        await PrepareAsync();

        await CallAsync("runs", Sample["all"], "--json");

        var last = JsonNode.Parse(Output.ToString().TrimEnd().Split('\n')[^1])!;
        Assert.Equal(
            ("finished", 4, 160, $"{Runs}/done"),
            ((string)last["state"]!, (int)last["files_done"]!, (int)last["rows_scored"]!, (string)last["run_folder"]!));
    }

    [Fact]
    public async Task Runs_NoneThere_IsNoError()
    {
        Directory.CreateDirectory(Sample["empty"]);

        Assert.Equal(ExitCode.Success, await CallAsync("runs", Sample["empty"]));
        Assert.Equal($"no runs in {Sample["empty"]}\n", Output.ToString());
        Assert.Equal(ExitCode.Failure, await CallAsync("clean", Sample["nowhere"]));
    }

    [Fact]
    public async Task Clean_ShowsAndRemovesOnlyWhenToldTo()
    {
        await PrepareAsync();
        string[] arguments = ["clean", Sample["all"], "--cache", Sample["cache"]];

        Assert.Equal(ExitCode.Success, await CallAsync([.. arguments, "--dry-run"]));
        Assert.Contains(
            $"{Runs}/done: state of a finished run; its shards in {Sample["out"]} stay", Output.ToString(),
            StringComparison.Ordinal);
        Assert.Matches(@"\nwould remove \d+ things?, .*; --yes does it\n$", Output.ToString());
        Assert.True(Directory.Exists($"{Runs}/done"));
        Assert.Equal(ExitCode.Usage, await CallAsync([.. arguments, "--dry-run", "--yes"]));

        Assert.Equal(ExitCode.Success, await CallAsync([.. arguments, "--yes"]));
        Assert.False(Directory.Exists($"{Runs}/done"));
        Assert.True(Directory.Exists($"{Runs}/stopped"));
        Assert.Equal(4, Directory.GetFiles(Sample["out", "data"]).Length);
    }

    /// <summary>A finished run, one that was stopped, and what only looks like one.</summary>
    private async Task PrepareAsync()
    {
        await ScoredRun.CompleteAsync(Sample, Sample.Arguments.With("--run", $"{Runs}/done", "--window-rows", "4"));
        (await Sample.PrepareAsync(
            Sample.Arguments.With("--run", $"{Runs}/stopped", "--output", Sample["other"]))).Dispose();
        Directory.CreateDirectory($"{Runs}/bad");
        await File.WriteAllTextAsync($"{Runs}/bad/ledger.sqlite", "no ledger");
        foreach (var file in Directory.GetFiles($"{Runs}/done"))
            File.SetLastWriteTimeUtc(file, DateTime.UnixEpoch);
    }

    private Task<int> CallAsync(params string[] arguments) => CallAsync(
        [RunsCommandLine.Create(Output, TimeProvider.System), CleanCommandLine.Create(Output, TimeProvider.System)],
        arguments);
}
