using System.CommandLine;
using System.Text.Json;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Console;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Coordinator.Verification;
using FineWebTorch.Hub;

namespace FineWebTorch.Coordinator.Commands;

/// <summary><c>coordinator status</c>.</summary>
internal static class StatusCommandLine
{
    public static Command Create(TextWriter output, HubEnvironment environment)
    {
        var run = RunOption();
        var json = new Option<bool>("--json") { Description = "One JSON object instead of text" };
        var examples = new Option<int>("--examples")
        {
            Description = "Show the N highest and N lowest scoring documents as well",
            HelpName = "N",
            Validators =
            {
                result =>
                {
                    if (result.GetValueOrDefault<int>() is < 0 or > 1000)
                        result.AddError(
                            $"--examples {result.Tokens[0].Value}: must be a whole number from 0 to 1000");
                },
            },
        };
        var command = new Command("status", "Tell how a run stands, also while it goes on") { run, json, examples };
        command.SetAction(async (parsed, interrupted) =>
        {
            var count = parsed.GetValue(examples);
            using var folder = StoredRun.Open(parsed.GetRequiredValue(run));
            Show(folder, output, parsed.GetValue(json));
            if (count == 0 || parsed.GetValue(json))
                return ExitCode.Success;
            using var hub = new RunHub(environment, parsed.GetValue<bool>("--verbose"));
            var files = new RowFiles(hub.Access, folder.Spec);
            await ExampleDocuments.ShowAsync(folder, count, files, output, interrupted);
            return ExitCode.Success;
        });
        return command;
    }

    /// <summary>Which run a command looks at.</summary>
    public static Option<string> RunOption() => new("--run")
    {
        Description = "Folder of the run",
        HelpName = "DIR",
        Required = true,
    };

    private static void Show(StoredRun folder, TextWriter output, bool json)
    {
        var core = folder.Core;
        var state = core.IsOver ? "finished" : folder.Coordinator is { } pid ? $"running (process {pid})" : "stopped";
        var summary = RunSummary.Create(
            state, core, folder.Places, (core.Totals.Rows, core.Totals.Tokens), seconds: 0) with
        {
            Commits = folder.Publication?.Commits,
        };
        if (json)
        {
            output.WriteLine(JsonSerializer.Serialize(summary, RunSummary.IndentedJson));
            return;
        }

        foreach (var line in SummaryText.End(summary))
            output.WriteLine(line);
        foreach (var lease in core.State.Leases.Values)
            output.WriteLine($"in work: {core.Describe(lease)}, {lease.WorkerId}");
    }
}
