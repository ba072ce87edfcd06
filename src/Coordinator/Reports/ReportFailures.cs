using FineWebTorch.Common;
using FineWebTorch.Coordinator.Console;
using FineWebTorch.Coordinator.Running;

namespace FineWebTorch.Coordinator.Reports;

/// <summary>What did not go well: files, workers, documents without a score, what shards could not carry.</summary>
internal static class ReportFailures
{
    private const int MostFiles = 100;
    private const int MostOthers = 30;

    /// <summary>A longer list has a place of its own to scroll in.</summary>
    private const int MostAtOnce = 12;

    public static Markup Section(RunSummary run) =>
        $"""
        <section class="card failures" aria-labelledby="title-failures">
        <h2 id="title-failures">Failures</h2>
        {(IsClean(run)
            ? ReportTables.Nothing("No file failed, no worker was set aside, and every document has a score.")
            : Parts(run))}
        </section>
        """;

    private static bool IsClean(RunSummary run) =>
        run is { FilesFailed.Count: 0, Quarantined: null, RowsUnscorable: 0, Warnings.Count: 0 };

    private static Markup Parts(RunSummary run) =>
        $"""
        {Table(
            $"{NumberText.Count(run.FilesFailed.Count, "file")} failed" + (run.RowsInFailedFiles == 0
                ? "" : $", of which {NumberText.Count(run.RowsInFailedFiles, "row")} had been scored"),
            "File", "Reason", [.. run.FilesFailed.Select(file => (file.Name, file.Reason))], MostFiles, "file")}
        {Table(
            $"{NumberText.Count(run.Quarantined?.Count ?? 0, "worker")} got no more work", "Worker", "Reason",
            [.. (run.Quarantined ?? []).Select(worker => (worker.Worker, worker.Reason))], MostOthers, "worker")}
        {Table(
            $"{NumberText.Count(run.RowsUnscorable, "document")} without a score", "Documents", "Reason",
            [.. (run.UnscorableReasons ?? new Dictionary<string, long>()).Select(reason =>
                (NumberText.Count(reason.Value), SummaryText.ReasonOf(reason.Key)))], MostOthers, "reason")}
        {Warnings(run.Warnings)}
        """;

    private static Markup Table(
        string caption, string first, string second, IReadOnlyList<(string First, string Second)> rows, int most,
        string noun) =>
        rows.Count == 0 ? Markup.None : (Markup)$"""
            <h3>{caption}</h3>
            {(rows.Count > MostAtOnce
                ? (Markup)$"""<div class="table long" tabindex="0" role="region" aria-label="{caption}">"""
                : $"""<div class="table">""")}
            <table class="reasons">
            <thead><tr><th scope="col">{first}</th><th scope="col">{second}</th></tr></thead>
            <tbody>
            {rows.Take(most).Select(Row)}
            {ReportTables.More(rows.Count - most, noun, columns: 2)}
            </tbody>
            </table></div>
            """;

    private static Markup Row((string First, string Second) row) =>
        $"""<tr><th scope="row">{PublicText.Of(row.First)}</th><td>{PublicText.Of(row.Second)}</td></tr>""";

    private static Markup Warnings(IReadOnlyList<string> warnings) => warnings.Count == 0 ? Markup.None : (Markup)$"""
        <h3>Warnings</h3>
        <ul class="warnings">
        {warnings.Take(MostOthers).Select(Warning)}
        {(warnings.Count <= MostOthers
            ? Markup.None
            : Warning($"and {NumberText.Count(warnings.Count - MostOthers)} more"))}
        </ul>
        """;

    private static Markup Warning(string text) => $"<li>{PublicText.Of(text)}</li>";
}
