using FineWebTorch.Coordinator.Disk;
using FineWebTorch.Coordinator.Options;
using FineWebTorch.Coordinator.Running;

namespace FineWebTorch.Coordinator.Console;

/// <summary>First and last words about a run.</summary>
internal static class SummaryText
{
    public static IEnumerable<string> Start(RunHeader header)
    {
        yield return $"{(header.IsResumed ? "continuing" : "starting")} the run in {header.RunFolder}";
        yield return $"{EventText.Count(header.Files)} files, {EventText.Count(header.Rows)} rows" +
            (header.RowsScored > 0 ? $", {EventText.Count(header.RowsScored)} of them scored already" : "") +
            $"; model {header.Model}; shards go to {header.Output}";
        yield return
            $"waiting for workers: worker --gpu 0 --coordinator {header.Address.GetLeftPart(UriPartial.Authority)}";
    }

    public static IEnumerable<string> End(RunSummary summary)
    {
        yield return $"{summary.State}: {summary.FilesDone} of {summary.Files} files, " +
            $"{EventText.Count(summary.RowsScored)} of {EventText.Count(summary.Rows)} rows scored, " +
            $"{EventText.Count(summary.RowsKept)} kept ({Percent(summary.RowsKept, summary.RowsScored)}, " +
            $"--keep {summary.Keep})" +
            (summary.RowsUnscorable > 0 ? $", {EventText.Count(summary.RowsUnscorable)} could not be scored" : "");
        if (summary.RowsScoredNow > 0)
            yield return $"{EventText.Rate(summary.DocumentsPerSecond)} docs/s, " +
                $"{EventText.Rate(summary.TokensPerSecond)} tokens/s over " +
                $"{EventText.Duration(TimeSpan.FromSeconds(summary.Seconds))}";
        foreach (var warning in summary.Warnings)
            yield return $"warning: {warning}";
        foreach (var commit in summary.Commits ?? [])
            yield return $"published: {commit}";
        if (summary.NotPublished is { } reason)
            yield return $"not published: {reason}";
        if (summary.FilesDone > 0 && !HubPaths.IsHub(summary.Output))
            yield return $"shards: {Path.GetDirectoryName(ShardPath(summary))}";
        if (summary.FilesFailed.Count == 0)
            yield break;
        yield return $"{summary.FilesFailed.Count} files failed (the same command tries them again):";
        foreach (var file in summary.FilesFailed)
            yield return $"  {file.Name}: {file.Reason}";
    }

    private static string ShardPath(RunSummary summary) =>
        RunPlaces.ShardPath(summary.Output, summary.Shards[0].Name);

    private static string Percent(long part, long whole) => whole == 0
        ? "none"
        : (100.0 * part / whole).ToString("0.0", System.Globalization.CultureInfo.InvariantCulture) + " %";
}
