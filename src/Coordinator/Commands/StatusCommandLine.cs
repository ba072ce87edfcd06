using System.CommandLine;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Console;
using FineWebTorch.Coordinator.Disk;
using FineWebTorch.Coordinator.Logs;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Coordinator.Verification;
using FineWebTorch.Hub;
using FineWebTorch.Telemetry.Logs;

namespace FineWebTorch.Coordinator.Commands;

/// <summary><c>coordinator status</c>.</summary>
internal static class StatusCommandLine
{
    /// <summary>How often a run is looked at; those who report may want it less often.</summary>
    private static readonly TimeSpan LeastInterval = TimeSpan.FromSeconds(1);

    private static IReadOnlyList<Setting<StatusRequest>> Settings { get; } =
    [
        RunSetting<StatusRequest>((request, folder) => request with { Run = folder }),
        Setting.Flag<StatusRequest>(
            "--watch", "Go on telling until the run ends", request => request with { Watch = true }) with
        {
            Group = OptionGroup.Output,
        },
        Setting.Flag<StatusRequest>(
            "--json", "One JSON object instead of text; with --watch, JSON lines",
            request => request with { Json = true }) with
        {
            Group = OptionGroup.Output,
        },
        new("--examples", "N", "Show the N highest and N lowest scoring documents as well", "0",
            (request, text) => request with { Examples = OptionText.Whole(text, 0, 1000) })
        {
            Group = OptionGroup.Output,
        },
    ];

    public static Command Create(TextWriter output, HubEnvironment environment, TimeProvider time) =>
        new CommandTable<StatusRequest>(
            Settings,
            (request, context, interrupted) =>
                RunAsync(request, context.Verbose, output, environment, time, interrupted))
        {
            Examples = ["coordinator status --watch", "coordinator status --run runs/0123456789ab --json --examples 5"],
        }.Complete(new Command(
            "status", "Tell how a run stands, also while it goes on; exit code 3 where files failed, 130 where it stopped"));

    /// <summary>Which run a command looks at.</summary>
    public static Setting<T> RunSetting<T>(Func<T, string, T> set) =>
        new("--run", "DIR", "Folder of the run [default: the newest one here or in runs/]", Default: null, set)
        {
            Group = OptionGroup.Input,
            Paths = PathKind.Folder,
        };

    /// <summary>The run that was named, or else the newest one here.</summary>
    /// <exception cref="UserErrorException">There is none.</exception>
    public static StoredRun Open(string run) => StoredRun.Open(run.Length > 0
        ? run
        : RunFinder.Newest(Environment.CurrentDirectory, System.Console.Error.WriteLine));

    private static async Task<int> RunAsync(
        StatusRequest request, bool verbose, TextWriter output, HubEnvironment environment, TimeProvider time,
        CancellationToken interrupted)
    {
        var folder = Open(request.Run);
        try
        {
            if (request.Watch && folder.IsRunning)
            {
                await WatchAsync(folder, request.Json, time, interrupted);
                // As it stands now.
                folder.Dispose();
                folder = StoredRun.Open(folder.Path);
            }

            using var log = CoordinatorLog.Open(new LogOptions(), verbose);
            using var hub = new RunHub(environment, log);
            var files = new RowFiles(hub.Access, folder.Spec);
            var report = new StatusReport(folder, request.Examples == 0
                ? null
                : await ExampleDocuments.ReadAsync(folder, request.Examples, files, interrupted));
            foreach (var line in request.Json ? report.ToJson().Split(Environment.NewLine) : report.Lines())
                output.WriteLine(line);
            if (!request.Json)
                files.Tell(output);
            return report.ExitCode;
        }
        finally
        {
            folder.Dispose();
        }
    }

    private static async Task WatchAsync(StoredRun run, bool json, TimeProvider time, CancellationToken interrupted)
    {
        using var reporter = Reporters.Create(
            json, quiet: false, time, title: new RunTitle(run.Spec.Output, run.Core.Run.Model.Id));
        RunProgress? seen = null;
        var looked = 0L;
        while (RunLock.IsTaken(run.Path))
        {
            // A terminal may change its size at any time; the run is looked at less often.
            if (seen is null || time.GetElapsedTime(looked) >= LeastInterval)
                (seen, looked) = (ProgressFile.Read(run.Path) ?? seen, time.GetTimestamp());
            if (seen is not null)
                reporter.Progress(seen);
            await Task.Delay(reporter.Interval, time, interrupted);
        }
    }

    private sealed record StatusRequest
    {
        public string Run { get; init; } = "";

        public bool Watch { get; init; }

        public bool Json { get; init; }

        public int Examples { get; init; }
    }
}
