using System.Globalization;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Model;

namespace FineWebTorch.Coordinator.Reports;

/// <summary>How scores are spread, and what each threshold keeps: the numbers that the page shows.</summary>
internal static class ReportScores
{
    public static Markup Section(ReportContent content)
    {
        var scores = content.Scores;
        return scores.Counts.Sum() == 0
            ? (Markup)$"""
                <section class="card scores" aria-labelledby="title-scores">
                <h2 id="title-scores">Scores</h2>
                <p class="nothing">No document has got a score.</p>
                </section>
                """
            : $"""
                <section class="card scores" aria-labelledby="title-scores">
                <h2 id="title-scores">Scores</h2>
                <div class="scores-parts">
                <figure>
                {Histogram(scores, content.Spec.Keep)}
                <ol class="axis" aria-hidden="true"><li>0</li><li>1</li><li>2</li><li>3</li><li>4</li><li>5</li></ol>
                <figcaption>Rows by score, in steps of a tenth; the first step has all that are lower, the last all that
                are higher. The highest column is {NumberText.Count(scores.Counts.Max(), "row")}.
                {Legend(content.Spec.Keep)}
                </figcaption>
                </figure>
                {Thresholds(scores, content.Summary)}
                </div>
                </section>
                """;
    }

    private static Markup Legend(KeepRule keep) => keep.IsAll
        ? Markup.None
        : $"""<span class="legend"><i class="swatch"></i> kept by this run ({keep.ToString()})</span>""";

    private static Markup Histogram(ScoreHistogram scores, KeepRule keep)
    {
        var most = scores.Counts.Max();
        var peak = scores.Counts.Index().First(bin => bin.Item == most).Index;
        return $"""
            <svg class="histogram" viewBox="0 0 51 100" preserveAspectRatio="none" role="img"
            aria-label="Rows by score from 0 to 5; most of them, {NumberText.Count(most)}, from {Tenth(peak)} on">
            {scores.Counts.Index().Where(bin => bin.Item > 0).Select(bin => Column(bin.Index, bin.Item, most, keep))}
            </svg>
            """;
    }

    private static Markup Column(int bin, long rows, long most, KeepRule keep)
    {
        // Few rows are seen as well.
        var height = Math.Max(0.75, 100.0 * rows / most);
        var isKept = keep.LowestScore is not { } least || bin / 10.0 >= least - 1e-9;
        var kind = isKept ? "kept" : "rest";
        return $"""
            <rect class="{kind}" x="{bin + 0.06}" y="{100 - height}" width="0.88" height="{height}">
            <title>{Range(bin)}: {NumberText.Count(rows, "row")}</title></rect>

            """;
    }

    private static string Range(int bin) => bin switch
    {
        0 => "below 0.1",
        ScoreCounts.Bins - 1 => "from 5.0",
        _ => $"{Tenth(bin)} to {Tenth(bin + 1)}",
    };

    private static string Tenth(int bin) => (bin / 10.0).ToString("0.0", CultureInfo.InvariantCulture);

    private static Markup Thresholds(ScoreHistogram scores, RunSummary run) =>
        $"""
        <div class="table"><table>
        <caption>Rows kept at each threshold</caption>
        <thead><tr><th scope="col">Score</th><th scope="col" class="number">Rows</th>
        <th scope="col" class="number">Share</th><td class="bar-head"></td></tr></thead>
        <tbody>
        {scores.KeptAt.Index().Select(step => Threshold(step.Index, step.Item, run.RowsScored))}
        </tbody>
        </table></div>
        """;

    private static Markup Threshold(int step, long rows, long of)
    {
        var name = (step / 2.0).ToString("0.0", CultureInfo.InvariantCulture);
        return $"""
            <tr><th scope="row">≥ {name}</th><td class="number">{NumberText.Count(rows)}</td>
            <td class="number">{NumberText.Percent(rows, of)}</td><td class="bar">{ReportTables.Bar(rows, of)}</td></tr>
            """;
    }
}
