using System.Globalization;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Disk;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Options;
using FineWebTorch.Coordinator.Running;

namespace FineWebTorch.Coordinator.Console;

/// <summary>Events as lines for people.</summary>
internal static class EventText
{
    public static string Of(RunEvent happened) => happened switch
    {
        RunEvent.WorkerJoined joined =>
            $"worker {joined.Worker} ({joined.Device}) {(joined.Returned ? "is back" : "has joined")}",
        RunEvent.WorkerLeft left => $"worker {left.Worker} has left",
        RunEvent.WorkerLost lost => string.Create(
            CultureInfo.InvariantCulture,
            $"worker {lost.Worker} is lost: silent for {lost.SilentSeconds:0.#} s; others go on with its work"),
        RunEvent.LeaseStalled stalled =>
            $"worker {stalled.Worker} lost {stalled.File}: {stalled.Reason}; another goes on with it",
        RunEvent.SecondLease second =>
            $"worker {second.Slow} is slow with {(second.IsBuild ? "the shard of " : "")}{second.File}: {second.Worker} " +
            "does it too, and whoever is first counts",
        RunEvent.WorkerTurnedAway away => $"worker {away.Worker} was turned away: {away.Reason}",
        RunEvent.Settling settling => string.Create(
            CultureInfo.InvariantCulture,
            $"waiting {settling.Seconds:0.#} s for a better worker than {settling.Worker} ({settling.Device}), before " +
            $"dtype and batches are chosen (--settle, or give --dtype and --token-budget)"),
        RunEvent.PrecisionFixed precision =>
            $"the run computes in {precision.Dtype}, at most {precision.TokenBudget} tokens a batch, as suits " +
            precision.Worker,
        RunEvent.AttemptFailed failed => $"{failed.File} failed on {failed.Worker}: {failed.Reason}",
        RunEvent.WorkerQuarantined quarantined =>
            $"worker {quarantined.Worker} is quarantined, it gets no more work: {quarantined.Reason}",
        RunEvent.WorkerAllowed allowed => $"worker {allowed.Worker} may have work again",
        RunEvent.NoHealthyWorker none =>
            $"{none.Reason}; others may join, 'coordinator workers allow NAME' gives one work again, and where machines " +
            "failed they are tried again after a while",
        RunEvent.DocumentEndsWorkers document => string.Create(
            CultureInfo.InvariantCulture,
            $"row {document.Row} of {document.File} ends the worker that scores it: it gets no score"),
        RunEvent.FileFailed failed => $"{failed.File} has failed: {failed.Reason}",
        RunEvent.ShardDone done =>
            $"{done.Shard} is done: {NumberText.Count(done.Kept)} of {NumberText.Count(done.Rows, "row")} of " +
            $"{done.File} kept" +
            (done.Unscorable > 0 ? $", {NumberText.Count(done.Unscorable)} could not be scored" : ""),
        RunEvent.ShardsLost lost =>
            $"the Hub's storage has dropped {NumberText.Count(lost.Shards, "shard")}; what it dropped is built again " +
            "from the scores",
        RunEvent.ShardRebuilt rebuilt =>
            $"{rebuilt.Shard} is built and uploaded again " +
            $"({NumberText.Count(rebuilt.Done)} of {NumberText.Count(rebuilt.Lost)})",
        RunEvent.ShardsCommitted committed =>
            $"{NumberText.Count(committed.Shards, "shard")} committed to {committed.Revision}: " +
            $"{NumberText.Count(committed.Safe)} of {NumberText.Count(committed.Files)} are safe there",
        RunEvent.PullRequestMerged merged => $"{merged.Revision} is merged",
        RunEvent.RunPaused paused => paused.GiveBack
            ? "paused by a person: workers give back what they hold"
            : "paused by a person: workers finish what they hold",
        RunEvent.RunResumed => "no longer paused",
        RunEvent.WorkerDrained drained => $"worker {drained.Worker} is drained by a person",
        RunEvent.WorkerBanned banned => $"{banned.Worker} is banned by a person",
        RunEvent.BanLifted lifted => $"{lifted.Worker} may take part again",
        RunEvent.FileReopened reopened => $"{reopened.File} is tried again, as a person asks",
        RunEvent.NotTold { Events: 0 } left =>
            $"{NumberText.Count(left.Progress, "line")} of progress left out: nobody took the output",
        RunEvent.NotTold left =>
            $"{NumberText.Count(left.Events, "event")} and {NumberText.Count(left.Progress, "line")} of progress left " +
            $"out: nobody took the output; {EventLog.FileName} in the run folder has all events",
        RunEvent.Warning warning => $"warning: {warning.Text}",
        _ => happened.ToString(),
    };

    public static EventWeight WeightOf(RunEvent happened) => happened switch
    {
        RunEvent.FileFailed or RunEvent.NoHealthyWorker => EventWeight.Failure,
        RunEvent.AttemptFailed or RunEvent.Warning or RunEvent.WorkerLost or RunEvent.LeaseStalled or
            RunEvent.WorkerTurnedAway or RunEvent.WorkerQuarantined or RunEvent.DocumentEndsWorkers or
            RunEvent.ShardsLost or RunEvent.NotTold => EventWeight.Warning,
        _ => EventWeight.News,
    };
}

/// <summary>Whether a person should look at it.</summary>
internal enum EventWeight
{
    News,
    Warning,
    Failure,
}

/// <summary>How a worker on another machine joins.</summary>
internal static class JoinText
{
    /// <summary>To be pasted there. Other users of the machine see a process's arguments, its variables they do not.</summary>
    public static string Line(JoinToken token, string coordinator) =>
        $"FINEWEB_JOIN={token.Write().Reveal()} bin/worker --gpu 0 --coordinator {coordinator}";

    public static string Authority(Uri address) => ListenAddress.ForOthers(address).GetLeftPart(UriPartial.Authority);
}

/// <summary>First and last words about a run.</summary>
internal static class SummaryText
{
    /// <summary>Of a line: names of files have a few hundred, reasons of workers two thousand.</summary>
    private const int MostOfLine = 8_000;

    /// <summary>As it may be shown: names of files are whatever those chose who made them.</summary>
    public static string Clean(string line) => PlainText.Clean(line, MostOfLine);

    /// <param name="isKept">Somebody may read it later: no secret is in it.</param>
    public static IEnumerable<string> Start(RunHeader header, bool isKept) => StartOf(header, isKept).Select(Clean);

    public static IEnumerable<string> End(RunSummary summary) => EndOf(summary).Select(Clean);

    /// <summary>Why rows have no score, behind their number.</summary>
    /// <param name="reason">As JSON names it.</param>
    public static string ReasonOf(string reason) => reason switch
    {
        "null_text" => "without text",
        "not_finite" => "without a finite score",
        "invalid_unicode" => "not UTF-8",
        "ends_worker" => "that would end every worker",
        _ => reason,
    };

    private static IEnumerable<string> StartOf(RunHeader header, bool isKept)
    {
        yield return $"{(header.IsResumed ? "continuing" : "starting")} the run in {header.RunFolder}";
        yield return $"{NumberText.Count(header.Files, "file")}, {NumberText.Count(header.Rows, "row")}" +
            (header.RowsScored > 0 ? $", {NumberText.Count(header.RowsScored)} of them scored already" : "") +
            $"; model {header.Model}; shards go to {header.Output}";
        if (header.IsPaused)
            yield return $"the run is paused: no work is given out until '{Launchers.Of("coordinator")} resume'";
        if (!header.IsOver)
            yield return "start workers with: " + (header.First is { } token && !isKept
                ? JoinText.Line(token, JoinText.Authority(header.Address))
                : $"{Launchers.Of("worker")} --coordinator {JoinText.Authority(header.Address)}");
        if (header.Page is not null)
            yield return Watch(header, isKept);
        if (!header.IsOver && header.First is not null && isKept)
            yield return $"machines join with the line that '{Launchers.Of("coordinator")} token show --run " +
                $"{header.RunFolder}' prints";
    }

    private static string Watch(RunHeader header, bool isKept) => header.PageLink is { } link && !isKept
        ? $"watch it at {link.Reveal()} (lets one browser in)"
        : $"watch it at {header.Page}; '{Launchers.Of("coordinator")} token web --run {header.RunFolder}' prints the link " +
            "that lets a browser in";

    private static IEnumerable<string> EndOf(RunSummary summary)
    {
        yield return $"{summary.State}: {NumberText.Count(summary.FilesDone)} of " +
            $"{NumberText.Count(summary.Files, "file")}, " +
            $"{NumberText.Count(summary.RowsScored)} of {NumberText.Count(summary.Rows, "row")} scored, " +
            $"{NumberText.Count(summary.RowsKept)} kept " +
            $"({NumberText.Percent(summary.RowsKept, summary.RowsScored)}, --keep {summary.Keep})" +
            (summary.RowsUnscorable > 0
                ? $", {NumberText.Count(summary.RowsUnscorable)} could not be scored{Reasons(summary.UnscorableReasons)}"
                : "");
        if (summary.RowsScoredNow > 0)
            yield return $"{NumberText.Rate(summary.DocumentsPerSecond)} docs/s, " +
                $"{NumberText.Rate(summary.TokensPerSecond)} tokens/s over " +
                $"{NumberText.Duration(TimeSpan.FromSeconds(summary.Seconds))}";
        foreach (var same in (summary.Quarantined ?? []).GroupBy(worker => worker.Reason, StringComparer.Ordinal))
            yield return $"quarantined: {Workers([.. same.Select(worker => worker.Worker)])}: {same.Key}";
        foreach (var warning in summary.Warnings)
            yield return $"warning: {warning}";
        foreach (var commit in summary.Commits ?? [])
            yield return $"published: {commit}";
        if (summary.NotPublished is { } reason)
            yield return $"not published: {reason}";
        if (summary.Safe is { } safe)
            yield return safe.Of(summary.Files);
        if (summary.FilesDone > 0 && summary.NotPublished is null && !HubPaths.IsHub(summary.Output))
            yield return $"shards: {Path.GetDirectoryName(ShardPath(summary))}";
        if (summary.FilesFailed.Count == 0)
            yield break;
        yield return
            $"{NumberText.Count(summary.FilesFailed.Count, "file")} failed" +
            (summary.FilesFailed.All(file => file.Reason == FileRecord.Skipped) ? "" : " (the same command tries again)") +
            (summary.RowsInFailedFiles > 0
                ? $", of which {NumberText.Count(summary.RowsInFailedFiles, "row")} had been scored:" : ":");
        foreach (var file in summary.FilesFailed)
            yield return $"  {file.Name}: {file.Reason}";
    }

    private static string Reasons(IReadOnlyDictionary<string, long>? rows) => rows is null ? "" : $" ({string.Join(
        ", ", rows.Select(one => $"{NumberText.Count(one.Value)} {ReasonOf(one.Key)}"))})";

    /// <summary>A machine may have gone through many processes.</summary>
    private static string Workers(IReadOnlyList<string> names) => names.Count switch
    {
        1 => $"worker {names[0]}",
        < 4 => $"workers {string.Join(", ", names)}",
        _ => $"{NumberText.Count(names.Count, "worker")}, as {names[0]} and {names[^1]}",
    };

    private static string ShardPath(RunSummary summary) =>
        RunPlaces.ShardPath(summary.Output, summary.Shards[0].Name);
}
