using System.CommandLine;
using System.Text.Json.Nodes;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Commands;
using FineWebTorch.Coordinator.Tests.OnHub;

namespace FineWebTorch.Coordinator.Tests.Commands;

public sealed class RunsAndCleanTests : IDisposable
{
    private readonly SampleRun _sample = new();
    private readonly StringWriter _output = new();
    private readonly StringWriter _errors = new();

    private string Runs => _sample["all", "runs"];

    public void Dispose()
    {
        _sample.Dispose();
        _output.Dispose();
        _errors.Dispose();
    }

    [Fact]
    public async Task Runs_OfAFolder_AreListedWithStateAndProgressTheNewestFirst()
    {
        await PrepareAsync();

        // Looking does not make a run one that was worked on last.
        Assert.Equal(ExitCode.Success, await CallAsync("runs", _sample["all"], "--json"));
        _output.GetStringBuilder().Clear();
        Assert.Equal(ExitCode.Success, await CallAsync("runs", _sample["all"]));

        var lines = _output.ToString().TrimEnd().Split('\n');
        Assert.StartsWith("run ", lines[0], StringComparison.Ordinal);
        Assert.Equal(4, lines.Length);
        Assert.Matches($@"^{Runs}/bad +unreadable +.*ledger.sqlite: cannot be read as a ledger", lines[1]);
        Assert.Matches($@"^{Runs}/stopped +stopped +0.0 %, 0 of 4 files +0\.\d s ago +{_sample["other"]}$", lines[2]);
        Assert.Matches($@"^{Runs}/done +finished +100.0 %, 4 of 4 files +[0-9,]+ days ago +{_sample["out"]}$", lines[3]);
    }

    [Fact]
    public async Task Runs_Json_IsOneObjectARun()
    {
        await PrepareAsync();

        await CallAsync("runs", _sample["all"], "--json");

        var last = JsonNode.Parse(_output.ToString().TrimEnd().Split('\n')[^1])!;
        Assert.Equal(
            ("finished", 4, 160, $"{Runs}/done"),
            ((string)last["state"]!, (int)last["files_done"]!, (int)last["rows_scored"]!, (string)last["run_folder"]!));
    }

    [Fact]
    public async Task Runs_NoneThere_IsNoError()
    {
        Directory.CreateDirectory(_sample["empty"]);

        Assert.Equal(ExitCode.Success, await CallAsync("runs", _sample["empty"]));
        Assert.Equal($"no runs in {_sample["empty"]}\n", _output.ToString());
        Assert.Equal(ExitCode.Failure, await CallAsync("clean", _sample["nowhere"]));
    }

    [Fact]
    public async Task Clean_ShowsAndRemovesOnlyWhenToldTo()
    {
        await PrepareAsync();
        string[] arguments = ["clean", _sample["all"], "--cache", _sample["cache"]];

        Assert.Equal(ExitCode.Success, await CallAsync([.. arguments, "--dry-run"]));
        Assert.Contains(
            $"{Runs}/done: state of a finished run; its shards in {_sample["out"]} stay", _output.ToString(),
            StringComparison.Ordinal);
        Assert.Matches(@"\nwould remove \d+ things?, .*; --yes does it\n$", _output.ToString());
        Assert.True(Directory.Exists($"{Runs}/done"));
        Assert.Equal(ExitCode.Usage, await CallAsync([.. arguments, "--dry-run", "--yes"]));

        Assert.Equal(ExitCode.Success, await CallAsync([.. arguments, "--yes"]));
        Assert.False(Directory.Exists($"{Runs}/done"));
        Assert.True(Directory.Exists($"{Runs}/stopped"));
        Assert.Equal(4, Directory.GetFiles(_sample["out", "data"]).Length);
    }

    /// <summary>A finished run, one that was stopped, and what only looks like one.</summary>
    private async Task PrepareAsync()
    {
        await ScoredRun.CompleteAsync(_sample, _sample.Arguments.With("--run", $"{Runs}/done", "--window-rows", "4"));
        (await _sample.PrepareAsync(
            _sample.Arguments.With("--run", $"{Runs}/stopped", "--output", _sample["other"]))).Dispose();
        Directory.CreateDirectory($"{Runs}/bad");
        await File.WriteAllTextAsync($"{Runs}/bad/ledger.sqlite", "no ledger");
        foreach (var file in Directory.GetFiles($"{Runs}/done"))
            File.SetLastWriteTimeUtc(file, DateTime.UnixEpoch);
    }

    private Task<int> CallAsync(params string[] arguments) => CommandLineApp.RunAsync(
        new RootCommand
        {
            RunsCommandLine.Create(_output, TimeProvider.System), CleanCommandLine.Create(_output, TimeProvider.System),
        },
        arguments, CancellationToken.None, _errors);
}
