using System.Globalization;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Hub;

namespace FineWebTorch.Coordinator.Publishing;

/// <summary>The words of a card: what is in the dataset, how to load it, what its columns and scores are.</summary>
/// <param name="source">Null where the documents are not from the Hub.</param>
internal sealed class CardText(RunCore core, CardPlace place, HubRepository? source)
{
    private const int LongestBar = 40;

    public IEnumerable<string> Lines(IReadOnlyList<PublishedShard> shards, CardParts parts) =>
    [
        $"Documents{From()} scored by {Model()}{Kept()}.",
        "",
        "```python",
        "from datasets import load_dataset",
        "",
        $"dataset = load_dataset({place.Load}, split=\"train\"{Common(parts.Features)})",
        "```",
        "",
        .. Columns(parts.Features.NotInAll),
        .. parts.Scores.Scored == 0 ? [] : Scores(parts.Scores, shards.Sum(shard => shard.Shard.RowsKept)),
        "## How it was made",
        "",
        "`manifests/` says of each shard where it came from, what was kept, and which workers and devices scored it when.",
        "",
    ];

    /// <summary>Files whose columns differ cannot be loaded together without naming those that all have.</summary>
    private static string Common(CardFeatures features) => features is { NotInAll.Count: > 0, Features: { } common }
        ? $", columns=[{string.Join(", ", common.Select(feature => $"\"{feature.Name}\""))}]"
        : "";

    private string From() => source is null ? "" : $" of [{source.Id}]({Address(source.ToString())})";

    private string Model() => core.Run.Model.Revision.Length > 0
        ? $"[{core.Run.Model.Id}]({Address(core.Run.Model.Id)})"
        : $"the classifier `{core.Run.Model.PublicName}`";

    private string Kept() => core.Spec.Keep.IsAll ? ", all of them" : $"; kept are those with {Condition()}";

    private string Condition()
    {
        var name = core.Spec.Keep.ToString();
        return name.StartsWith("int", StringComparison.Ordinal)
            ? $"`{core.Spec.IntScoreColumn}` of at least {name["int".Length..]}"
            : $"`{core.Spec.ScoreColumn}` of at least {name["raw".Length..]}";
    }

    private string Address(string path) => $"{place.Hub.AbsoluteUri.TrimEnd('/')}/{path}";

    /// <param name="notInAll">Names of columns that some shards lack or have of another type.</param>
    private IEnumerable<string> Columns(IReadOnlyList<string> notInAll) =>
    [
        "## Columns",
        "",
        "| column | type | what it holds |",
        "|---|---|---|",
        $"| `{core.Spec.TextColumn}` | string | the text that was scored |",
        $"| `{core.Spec.ScoreColumn}` | float64 | what the classifier says of it, an fp32 number" +
            (core.Spec.Keep.IsAll ? "; NULL where there is no text |" : " |"),
        $"| `{core.Spec.IntScoreColumn}` | int64 | the same, rounded to a whole number from 0 to 5 |",
        "| all others | | as in the source |",
        .. notInAll.Select(name => $"| `{name}` | | as in the source; not in all shards, or not of one type |"),
        "",
    ];

    private IEnumerable<string> Scores(ScoreDistribution scores, long kept)
    {
        yield return "## Scores";
        yield return "";
        yield return $"Of all {NumberText.Count(scores.Rows, "row")}, what each threshold keeps:";
        yield return "";
        yield return "| `--keep` | rows | share |";
        yield return "|---|---:|---:|";
        var own = core.Spec.Keep;
        foreach (var (rule, rows) in scores.Thresholds())
            yield return Threshold(rule == own ? $"`{rule}` (this dataset)" : $"`{rule}`", rows, scores.Rows);
        if (scores.Thresholds().All(threshold => threshold.Rule != own))
            yield return Threshold($"`{own}` (this dataset)", kept, scores.Rows);
        yield return "";
        yield return "How all scores are spread, before the filter:";
        yield return "";
        yield return "```text";
        foreach (var line in Histogram(scores.Bins()))
            yield return line;
        yield return "```";
        yield return "";
    }

    private static string Threshold(string name, long rows, long of) =>
        $"| {name} | {NumberText.Count(rows)} | {NumberText.Percent(rows, of)} |";

    private static IEnumerable<string> Histogram(IReadOnlyList<(double From, double To, long Rows)> bins)
    {
        var format = bins[0].To - bins[0].From >= 1 ? "0" : "0.0";
        var ranges = bins.Select(bin => string.Create(
            CultureInfo.InvariantCulture, $"{bin.From.ToString(format)} to {bin.To.ToString(format)}")).ToList();
        var (widest, most) = (ranges.Max(range => range.Length), bins.Max(bin => bin.Rows));
        var digits = NumberText.Count(most).Length;
        return bins.Zip(ranges, (bin, range) =>
            $"{range.PadLeft(widest)}  {NumberText.Count(bin.Rows).PadLeft(digits)}  " +
            new string('█', (int)Math.Ceiling((double)LongestBar * bin.Rows / most))).Select(line => line.TrimEnd());
    }
}
