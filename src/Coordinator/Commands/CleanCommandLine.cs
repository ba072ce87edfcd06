using System.CommandLine;
using System.Text.Json;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Cleaning;
using FineWebTorch.Coordinator.Running;

namespace FineWebTorch.Coordinator.Commands;

/// <summary><c>coordinator clean</c>.</summary>
internal static class CleanCommandLine
{
    private static IReadOnlyList<Setting<CleanRequest>> Settings { get; } =
    [
        new("FOLDER", "FOLDER", "Where runs are: the folder itself, the folders in it and those in its runs/", ".",
            (request, folder) => request with { Folder = OptionText.NotEmpty(folder) })
        {
            Paths = PathKind.Folder,
        },
        Setting.Flag<CleanRequest>("--yes", "Remove what is listed", request => request with { Yes = true }) with
        {
            Group = OptionGroup.Console,
        },
        Setting.Flag<CleanRequest>(
            "--dry-run", "Only list it, as without --yes", request => request with { DryRun = true }) with
        {
            Group = OptionGroup.Console,
        },
        new("--cache", "DIR", "Cache of the workers on this machine", Default: null,
            (request, folder) => request with { Cache = Path.GetFullPath(OptionText.NotEmpty(folder)) })
        {
            Group = OptionGroup.Input,
            Paths = PathKind.Folder,
        },
        Setting.Flag<CleanRequest>(
            "--json", "One JSON object a thing instead of text", request => request with { Json = true }) with
        {
            Group = OptionGroup.Output,
        },
    ];

    public static Command Create(TextWriter output, TimeProvider time) => new CommandTable<CleanRequest>(
        Settings, (request, _, interrupted) => Task.FromResult(Clean(request, output, time, interrupted)))
    {
        Examples = ["coordinator clean", "coordinator clean /data/scoring --yes"],
        Finish = (request, _, violations) =>
        {
            if (request is { Yes: true, DryRun: true })
                violations.Add("--yes and --dry-run: give one of them");
            return request;
        },
    }.Complete(new Command(
        "clean", "List, or remove with --yes, finished runs' state, caches and orphaned parts; never a shard"));

    private static int Clean(CleanRequest request, TextWriter output, TimeProvider time, CancellationToken interrupted)
    {
        var folder = Path.GetFullPath(request.Folder);
        if (!Directory.Exists(folder))
            throw new UserErrorException($"{request.Folder}: no such folder");
        var leftovers = new Leftovers(request.Cache, Path.GetTempPath(), time).Find(folder);
        var failures = 0;
        foreach (var leftover in leftovers)
        {
            interrupted.ThrowIfCancellationRequested();
            var problem = request.Yes ? Remove(leftover) : null;
            failures += problem is null ? 0 : 1;
            output.WriteLine(request.Json
                ? JsonSerializer.Serialize(
                    new CleanedThing(leftover.Path, leftover.What, leftover.Bytes, request.Yes && problem is null, problem),
                    RunSummary.Json)
                : $"{leftover.Path}: {leftover.What} ({NumberText.Size(leftover.Bytes)})" +
                    (problem is null ? "" : $": not removed: {problem}"));
        }

        if (!request.Json)
            output.WriteLine(Sum(leftovers, request.Yes, failures));
        return failures > 0 ? ExitCode.Failure : ExitCode.Success;
    }

    private static string? Remove(Leftover leftover)
    {
        try
        {
            leftover.Remove();
            return null;
        }
        catch (Exception exception)
            when (exception is IOException or UnauthorizedAccessException or UserErrorException)
        {
            return exception.Message;
        }
    }

    private static string Sum(IReadOnlyList<Leftover> leftovers, bool removed, int failures)
    {
        var sum = $"{NumberText.Count(leftovers.Count, "thing")}, {NumberText.Size(leftovers.Sum(one => one.Bytes))}";
        return (leftovers.Count, removed) switch
        {
            (0, _) => "nothing to remove",
            (_, true) => $"removed {sum}" + (failures > 0 ? $", but for {failures} of them" : ""),
            _ => $"would remove {sum}; --yes does it",
        };
    }

    private sealed record CleanRequest
    {
        public string Folder { get; init; } = "";

        public string Cache { get; init; } = ProgramFolders.Cache;

        public bool Yes { get; init; }

        public bool DryRun { get; init; }

        public bool Json { get; init; }
    }

    private sealed record CleanedThing(string Path, string What, long Bytes, bool Removed, string? Problem);
}
