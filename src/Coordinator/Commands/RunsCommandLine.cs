using System.CommandLine;
using System.Text.Json;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Running;

namespace FineWebTorch.Coordinator.Commands;

/// <summary><c>coordinator runs</c>.</summary>
internal static class RunsCommandLine
{
    private static IReadOnlyList<Setting<RunsRequest>> Settings { get; } =
    [
        new("FOLDER", "FOLDER", "Where to look: the folder itself, the folders in it and those in its runs/", ".",
            (request, folder) => request with { Folder = OptionText.NotEmpty(folder) })
        {
            Paths = PathKind.Folder,
        },
        Setting.Flag<RunsRequest>(
            "--json", "One JSON object a run instead of a table", request => request with { Json = true }) with
        {
            Group = OptionGroup.Output,
        },
    ];

    public static Command Create(TextWriter output, TimeProvider time) => new CommandTable<RunsRequest>(
        Settings, (request, _, interrupted) => Task.FromResult(Show(request, output, time, interrupted)))
    {
        Examples = ["coordinator runs", "coordinator runs /data/scoring --json"],
    }.Complete(new Command("runs", "List the runs found here: state, progress, output, when they were worked on"));

    private static int Show(RunsRequest request, TextWriter output, TimeProvider time, CancellationToken interrupted)
    {
        var folder = Path.GetFullPath(request.Folder);
        if (!Directory.Exists(folder))
            throw new UserErrorException($"{request.Folder}: no such folder");
        var runs = new List<ListedRun>();
        foreach (var found in RunFinder.Find(folder))
        {
            interrupted.ThrowIfCancellationRequested();
            runs.Add(ListedRun.Of(found));
        }

        if (request.Json)
            foreach (var run in runs)
                output.WriteLine(JsonSerializer.Serialize(run, RunSummary.Json));
        else if (runs.Count == 0)
            output.WriteLine($"no runs in {folder}");
        else
            WriteTable(runs, time.GetUtcNow(), output);
        return ExitCode.Success;
    }

    private static void WriteTable(List<ListedRun> runs, DateTimeOffset now, TextWriter output)
    {
        List<string[]> rows =
        [
            ["run", "state", "progress", "active", "output"],
            .. runs.Select(run => (string[])
                [Near(run.RunFolder), run.StateText, run.Progress, Ago(now - run.LastActive), Near(run.Output)]),
        ];
        var widths = Enumerable.Range(0, rows[0].Length).Select(column => rows.Max(row => row[column].Length)).ToList();
        foreach (var row in rows)
            output.WriteLine(string.Join("  ", row.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd());
    }

    /// <summary>As short as it can be typed here.</summary>
    private static string Near(string path)
    {
        if (!Path.IsPathRooted(path))
            return path;
        var relative = Path.GetRelativePath(Environment.CurrentDirectory, path);
        return relative.StartsWith("..", StringComparison.Ordinal) ? path : relative;
    }

    private static string Ago(TimeSpan span) => span.TotalDays >= 2
        ? $"{NumberText.Count((long)span.TotalDays, "day")} ago"
        : $"{NumberText.Duration(span < TimeSpan.Zero ? TimeSpan.Zero : span)} ago";

    private sealed record RunsRequest
    {
        public string Folder { get; init; } = "";

        public bool Json { get; init; }
    }
}

/// <summary>A run as <c>coordinator runs</c> lists it.</summary>
/// <param name="State">See <see cref="RunCondition"/>; <c>unreadable</c> where the ledger cannot be read.</param>
/// <param name="Process">That works on it; null where none does.</param>
/// <param name="Problem">Why the ledger cannot be read.</param>
internal sealed record ListedRun(
    string RunFolder,
    string State,
    int? Process,
    int Files,
    int FilesDone,
    int FilesFailed,
    long Rows,
    long RowsScored,
    string Output,
    DateTimeOffset LastActive,
    string? Problem)
{
    internal string StateText => Process is { } id ? $"{State} (process {id})" : State;

    internal string Progress => Problem ??
        $"{NumberText.Percent(RowsScored, Rows)}, {NumberText.Count(FilesDone)} of {NumberText.Count(Files, "file")}" +
        (FilesFailed > 0 ? $", {NumberText.Count(FilesFailed)} failed" : "");

    public static ListedRun Of(FoundRun found)
    {
        try
        {
            using var run = StoredRun.Open(found.Path);
            var snapshot = run.Core.Snapshot(TimeSpan.Zero);
            return new ListedRun(
                found.Path, JsonNamingPolicy.SnakeCaseLower.ConvertName(run.Condition.ToString()), run.Coordinator,
                snapshot.Files, snapshot.FilesDone, snapshot.FilesFailed, snapshot.Rows, snapshot.RowsScored,
                run.Spec.Output, found.LastActive, Problem: null);
        }
        catch (UserErrorException problem)
        {
            return new ListedRun(
                found.Path, "unreadable", Process: null, 0, 0, 0, 0, 0, "", found.LastActive, problem.Message);
        }
    }
}
