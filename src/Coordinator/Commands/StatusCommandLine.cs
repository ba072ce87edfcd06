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
    private static IReadOnlyList<Setting<StatusRequest>> Settings { get; } =
    [
        RunSetting<StatusRequest>((request, folder) => request with { Run = folder }),
        Setting.Flag<StatusRequest>(
            "--json", "One JSON object instead of text", request => request with { Json = true }) with
        {
            Group = OptionGroup.Output,
        },
        new("--examples", "N", "Show the N highest and N lowest scoring documents as well", "0",
            (request, text) => request with { Examples = OptionText.Whole(text, 0, 1000) })
        {
            Group = OptionGroup.Output,
        },
    ];

    public static Command Create(TextWriter output, HubEnvironment environment) =>
        new CommandTable<StatusRequest>(
            Settings, (request, context, interrupted) => RunAsync(request, context, output, environment, interrupted))
        {
            Examples = ["coordinator status --run runs/0123456789ab", "coordinator status --run runs/nightly --json"],
        }.Complete(new Command("status", "Tell how a run stands, also while it goes on"));

    /// <summary>Which run a command looks at.</summary>
    public static Setting<T> RunSetting<T>(Func<T, string, T> set) =>
        new("--run", "DIR", "Folder of the run", Default: null, set)
        {
            Group = OptionGroup.Input,
            Paths = PathKind.Folder,
            IsRequired = true,
        };

    private static async Task<int> RunAsync(
        StatusRequest request, CommandContext context, TextWriter output, HubEnvironment environment,
        CancellationToken interrupted)
    {
        using var folder = StoredRun.Open(request.Run);
        Show(folder, output, request.Json);
        if (request.Examples == 0 || request.Json)
            return ExitCode.Success;
        using var hub = new RunHub(environment, context.Verbose);
        var files = new RowFiles(hub.Access, folder.Spec);
        await ExampleDocuments.ShowAsync(folder, request.Examples, files, output, interrupted);
        return ExitCode.Success;
    }

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

    private sealed record StatusRequest
    {
        public string Run { get; init; } = "";

        public bool Json { get; init; }

        public int Examples { get; init; }
    }
}
