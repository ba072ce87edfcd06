using System.Globalization;
using System.Text;
using FineWebTorch.Bench;
using FineWebTorch.Model;

namespace FineWebTorch.FileToScores;

/// <summary>Contenders that give scores for the same documents; the first is ours.</summary>
internal sealed class Comparison(string subject)
{
    private const double Tolerance = 1e-4;

    private readonly List<Series> _series = [];
    private readonly Dictionary<string, float[]> _scores = [];
    private readonly Dictionary<string, bool[]> _comparable = [];

    /// <param name="comparable">
    /// [documents]: whose scores must equal ours; null for all. transformers.js drops the [SEP] of a text that it cuts,
    /// which makes the score another one.
    /// </param>
    public void Add(string name, Func<PeerScores> score, bool[]? comparable = null)
    {
        if (comparable is not null)
            _comparable.Add(name, comparable);
        _series.Add(new Series(name, () =>
        {
            var result = score();
            _scores[name] = result.Scores;
            return result.Seconds;
        }));
    }

    public List<BenchRow> Measure(int documents, int rounds)
    {
        Series.Interleave(rounds, [.. _series]);
        return [.. _series.Select(series => Row(series, documents))];
    }

    /// <exception cref="InvalidDataException">Somebody's scores are others.</exception>
    public void Check()
    {
        foreach (var peer in _series.Skip(1))
            if (Difference(peer) > Tolerance)
                throw new InvalidDataException($"{peer.Name}: a score is {Difference(peer)} from ours");
    }

    private BenchRow Row(Series series, int documents)
    {
        var row = BenchRow.Of(
            subject, "", series.Name, "docs/s", series.Derived(seconds => documents / seconds));
        return series == _series[0]
            ? row
            : row with
            {
                Ours = series.RatioTo(_series[0]),
                Note = string.Create(CultureInfo.InvariantCulture, $"scores within {Difference(series):0.0e+00}")
                    + (_comparable.TryGetValue(series.Name, out var some)
                        ? $" in the {some.Count(one => one)} documents that it need not cut" : ""),
            };
    }

    private double Difference(Series peer)
    {
        var comparable = _comparable.GetValueOrDefault(peer.Name);
        return _scores[peer.Name].Zip(_scores[_series[0].Name], (a, b) => Math.Abs((double)a - b))
            .Where((_, document) => comparable is null || comparable[document])
            .DefaultIfEmpty(0)
            .Max();
    }
}

/// <summary>Our batches of a file, for a peer that is to have them too.</summary>
/// <param name="Rows">[batches][documents]: which document.</param>
/// <param name="Ids">[batches][documents][tokens]</param>
/// <param name="IsWhole">[documents] in the file's order: false where the tokenizer cut the text</param>
internal sealed record SortedBatches(int[][] Rows, int[][][] Ids, bool[] IsWhole)
{
    public double MeanTokens => Ids.SelectMany(batch => batch).Average(ids => ids.Length);

    public static SortedBatches Of(IReadOnlyList<string> texts, WordPieceTokenizer tokenizer, int tokenBudget)
    {
        var place = new int[tokenizer.MaxLength];
        var ids = texts.Select(text => place[..tokenizer.Encode(Encoding.UTF8.GetBytes(text), place)]).ToList();
        var plan = BatchPlan.Create([.. ids.Select(one => one.Length)], tokenBudget);
        int[][] rows = [.. Enumerable.Range(0, plan.Count).Select(batch => plan.RowsOf(batch).ToArray())];
        return new SortedBatches(
            rows,
            [.. rows.Select(batch => batch.Select(row => ids[row]).ToArray())],
            [.. ids.Select(one => one.Length < tokenizer.MaxLength)]);
    }

    /// <summary>Puts scores in the batches' order into that of the file.</summary>
    public PeerScores InFileOrder(PeerScores sorted)
    {
        var scores = new float[sorted.Scores.Length];
        foreach (var (i, row) in Rows.SelectMany(batch => batch).Index())
            scores[row] = sorted.Scores[i];
        return sorted with { Scores = scores };
    }
}
