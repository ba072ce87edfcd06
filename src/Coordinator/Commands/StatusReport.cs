using System.Text.Json;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Console;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Coordinator.Scheduling;
using FineWebTorch.Coordinator.Verification;

namespace FineWebTorch.Coordinator.Commands;

/// <summary>How a run stands, seen from outside.</summary>
/// <param name="folder">Of the run.</param>
/// <param name="examples">Null where nobody asked for them.</param>
internal sealed class StatusReport(StoredRun folder, Examples? examples = null)
{
    private readonly RunCondition _condition = folder.Condition;
    private readonly RunProgress? _progress = folder.IsRunning ? ProgressFile.Read(folder.Path) : null;

    /// <summary>As of the run: 130 too where its coordinator was killed.</summary>
    public int ExitCode => _condition switch
    {
        RunCondition.Interrupted or RunCondition.Stopped => Common.ExitCode.Interrupted,
        _ when folder.Core.IsOver && folder.Core.Files.CountOf(FileStage.Failed) > 0 =>
            Common.ExitCode.FilesFailed,
        _ => Common.ExitCode.Success,
    };

    /// <summary>As a session tells it at its end.</summary>
    /// <param name="state">How it stands, in a word.</param>
    public RunSummary Summarize(string state)
    {
        var totals = folder.Core.Totals;
        return RunSummary.Create(
            state, folder.Core, folder.Ledger, folder.Places, (totals.Rows, totals.Tokens), seconds: 0) with
        {
            Commits = folder.Publication?.Commits,
            Safe = folder.Safe,
            NotPublished = _condition == RunCondition.Unpublished ? NotPublished : null,
        };
    }

    public IEnumerable<string> Lines()
    {
        var process = folder.Coordinator is { } id ? $" (process {id})" : "";
        foreach (var line in SummaryText.End(Summarize($"{Word}{process}")))
            yield return line;
        foreach (var line in (_progress is null ? Leases() : Now(_progress)).Select(SummaryText.Clean))
            yield return line;
        if (Hint is { } hint)
            yield return hint;
        foreach (var line in examples?.Lines ?? [])
            yield return line;
    }

    public string ToJson()
    {
        var json = JsonSerializer.SerializeToNode(Summarize(Word), RunSummary.Json)!.AsObject();
        void Set(string name, object? value) => json[name] = value is null
            ? null
            : JsonSerializer.SerializeToNode(value, value.GetType(), RunSummary.Json);
        Set("process", folder.Coordinator);
        if (_progress is { Snapshot: var snapshot, Rates: var rates })
        {
            Set("address", CoordinatorNotice.Find(folder.Path, userFolder: "") is [var notice, ..] ? notice.Address : null);
            Set("seconds", Math.Round(snapshot.Elapsed.TotalSeconds, 3));
            Set("documents_per_second", Math.Round(rates.DocumentsPerSecond, 1));
            Set("tokens_per_second", Math.Round(rates.TokensPerSecond, 1));
            Set("seconds_left", rates.Remaining?.TotalSeconds);
            Set("files_in_work", snapshot.FilesInWork);
            Set("workers", ProgressJson.Workers(snapshot, rates).ToList());
        }

        if (Hint is { } hint)
            Set("hint", hint);
        if (examples is not null)
            Set("examples", examples);
        return json.ToJsonString(RunSummary.IndentedJson);
    }

    private string Word => JsonNamingPolicy.SnakeCaseLower.ConvertName(_condition.ToString());

    private string NotPublished => folder.LastSummary?.NotPublished ?? "the same command publishes the shards";

    private string? Hint => _condition switch
    {
        RunCondition.Paused => "paused by a person; to go on: " +
            ResumeCommand.Of(Launchers.Of("coordinator"), ["", "resume", "--run", folder.Path]),
        RunCondition.Stopped =>
            $"not running: {WhyStopped}; the same command resumes it: {Resume}{AndPause}",
        RunCondition.Interrupted => "not running: it was interrupted; the same command resumes it: " + Resume + AndPause,
        _ => null,
    };

    private string WhyStopped => EventLog.WhyStopped(folder.Path) is { } reason
        ? $"it stopped by itself ({reason})"
        : "no live coordinator holds the run's lock";

    /// <summary>A pause outlives the coordinator.</summary>
    private string AndPause => folder.Core.State.Paused ? " (paused by a person until 'coordinator resume')" : "";

    private string Resume => ResumeCommand.Of(Launchers.Of("coordinator"), folder);

    /// <summary>From the ledger, where nobody tells more.</summary>
    private IEnumerable<string> Leases() => !folder.IsRunning ? [] : folder.Core.State.Leases.Values
        .Select(lease => $"in work: {folder.Core.Describe(lease)}, {lease.WorkerId}");

    private static IEnumerable<string> Now(RunProgress progress)
    {
        var (snapshot, rates) = progress;
        yield return $"{NumberText.Rate(rates.DocumentsPerSecond)} docs/s, " +
            $"{NumberText.Rate(rates.TokensPerSecond)} tokens/s, {NumberText.Duration(snapshot.Elapsed)} elapsed" +
            (rates.Remaining is { } left ? $", {NumberText.Duration(left)} left" : "");
        if (snapshot.Workers.Count == 0)
            yield return "no worker yet";
        foreach (var worker in snapshot.Workers)
            yield return $"worker {worker.Name} ({worker.Device}): " +
                (worker.Connected ? $"{NumberText.Rate(rates.ByWorker.GetValueOrDefault(worker.Id))} docs/s" : "silent") +
                (worker.Busy is { } busy ? $", device busy {NumberText.Percent(busy, 1)}" : "") +
                string.Concat(DeviceText.Parts(worker.Figures).Select(part => $", {part}")) +
                (worker.Quarantine is { } reason ? $", quarantined: {reason}"
                    : worker.Doing.Length > 0 ? $", {worker.Doing}" : ", waiting");
        if (snapshot.Standstill is { } standstill)
            yield return standstill;
    }
}
