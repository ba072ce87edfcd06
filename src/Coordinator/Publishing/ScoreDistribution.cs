using FineWebTorch.Model;

namespace FineWebTorch.Coordinator.Publishing;

/// <summary>How the scores of a run are spread, over every row that was scored, kept or not.</summary>
internal sealed class ScoreDistribution
{
    private const int MostBins = 16;

    /// <summary>Of the finest bins, which are added up to those that are shown.</summary>
    private const double Finest = 0.1;

    private readonly Dictionary<long, long> _fine = [];
    private readonly long[] _byIntScore = new long[6];

    /// <summary>With and without a score.</summary>
    public long Rows { get; private set; }

    public long Scored => _byIntScore.Sum();

    public void Add(IEnumerable<float> scores)
    {
        foreach (var score in scores)
        {
            Rows++;
            if (!float.IsFinite(score))
                continue;
            _byIntScore[EduScore.ToIntScore(score)]++;
            var bin = (long)Math.Floor(score / Finest);
            _fine[bin] = _fine.GetValueOrDefault(bin) + 1;
        }
    }

    /// <summary>Rows that <c>int1</c> to <c>int5</c> keep.</summary>
    public IEnumerable<(KeepRule Rule, long Rows)> Thresholds() => Enumerable.Range(1, _byIntScore.Length - 1)
        .Select(least => (KeepRule.IntScore(least), _byIntScore[least..].Sum()));

    /// <summary>Bins of one width, a round number, from the lowest score to the highest; empty without any score.
    /// </summary>
    public IReadOnlyList<(double From, double To, long Rows)> Bins()
    {
        if (_fine.Count == 0)
            return [];
        var (low, high) = (_fine.Keys.Min(), _fine.Keys.Max());
        var width = Widths().First(width => FloorOf(high, width) - FloorOf(low, width) < MostBins);
        var bins = new SortedDictionary<long, long>();
        for (var bin = FloorOf(low, width); bin <= FloorOf(high, width); bin++)
            bins[bin] = 0;
        foreach (var (bin, rows) in _fine)
            bins[FloorOf(bin, width)] += rows;
        return [.. bins.Select(bin => (bin.Key * width * Finest, (bin.Key + 1) * width * Finest, bin.Value))];
    }

    private static long FloorOf(long bin, long width) => (long)Math.Floor((double)bin / width);

    /// <summary>In finest bins: 1, 2, 5, 10, 20, 50 …</summary>
    private static IEnumerable<long> Widths()
    {
        for (var power = 1L; ; power *= 10)
        {
            yield return power;
            yield return 2 * power;
            yield return 5 * power;
        }
    }
}
