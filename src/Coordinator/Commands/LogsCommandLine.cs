using System.CommandLine;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Disk;
using FineWebTorch.Coordinator.Logs;
using FineWebTorch.Coordinator.Running;

namespace FineWebTorch.Coordinator.Commands;

/// <summary><c>coordinator logs</c>.</summary>
internal static class LogsCommandLine
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    private static IReadOnlyList<Setting<LogsRequest>> Settings { get; } =
    [
        StatusCommandLine.RunSetting<LogsRequest>((request, folder) => request with { Run = folder }),
        Setting.Flag<LogsRequest>(
            "--follow", "Go on with what is logged later, until the run's coordinator ends",
            request => request with { Follow = true }) with
        {
            Group = OptionGroup.Output,
        },
        new("--worker", "NAME", "Only what a worker says, or is said of it; a local one also by local-worker-N",
            Default: null, (request, text) => request with { Worker = OptionText.NotEmpty(text) })
        {
            Group = OptionGroup.Output,
            // FINEWEB_WORKER is the program that --local-workers starts.
            IsTypedOnly = true,
        },
        Setting.Flag<LogsRequest>(
            "--failed", "Only errors, and all lines about files that failed or were tried in vain",
            request => request with { Failed = true }) with
        {
            Group = OptionGroup.Output,
        },
        Setting.Flag<LogsRequest>("--json", "The lines as they are kept", request => request with { Json = true }) with
        {
            Group = OptionGroup.Output,
        },
    ];

    public static Command Create(TextWriter output, TimeProvider time) => new CommandTable<LogsRequest>(
        Settings, async (request, _, interrupted) =>
        {
            await ShowAsync(request, output, time, interrupted);
            return ExitCode.Success;
        })
    {
        Examples = ["coordinator logs --follow", "coordinator logs --run runs/0123456789ab --failed"],
    }.Complete(new Command(
        "logs", "Show the logs of coordinator and local workers, and warnings of all others, by time"));

    private static async Task ShowAsync(
        LogsRequest request, TextWriter output, TimeProvider time, CancellationToken interrupted)
    {
        var run = request.Folder();
        var folder = RunPlaces.LogsOf(run);
        if (!Directory.Exists(folder) && !(request.Follow && RunLock.IsTaken(run)))
            throw new UserErrorException(
                $"{run}: no logs: no 'coordinator run' of this version has worked on a run in that folder; --run names another");
        var filter = new LogFilter(request.Worker, request.Failed);
        using (var before = new MergedLogs(folder))
            filter.Prepare(before.Read());
        using var logs = new MergedLogs(folder);
        var goesOn = true;
        while (goesOn)
        {
            // Asked before it is read: what a coordinator says last is not missed.
            goesOn = request.Follow && RunLock.IsTaken(run);
            foreach (var entry in logs.Read().Where(filter.Wants))
            {
                interrupted.ThrowIfCancellationRequested();
                output.WriteLine(request.Json ? entry.Line : entry.ToString());
            }

            output.Flush();
            if (goesOn)
                await Task.Delay(Interval, time, interrupted);
        }
    }

    private sealed record LogsRequest
    {
        public string Run { get; init; } = "";

        public bool Follow { get; init; }

        public string? Worker { get; init; }

        public bool Failed { get; init; }

        public bool Json { get; init; }

        public string Folder() => Run.Length > 0
            ? Path.GetFullPath(Run)
            : RunFinder.Newest(Environment.CurrentDirectory, System.Console.Error.WriteLine);
    }
}
