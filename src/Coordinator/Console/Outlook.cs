using FineWebTorch.Coordinator.Running;

namespace FineWebTorch.Coordinator.Console;

/// <summary>
/// How long a run still takes, and how sure that is. The rate is the mean of the last ten minutes, or of as long as the
/// number of workers has been about the same. How sure: by batch means (Law, Simulation Modeling and Analysis, 9.5.3), the
/// time is cut into up to twenty equal parts, and the rate is taken to be within two standard errors of their mean. That
/// knows nothing of workers that will come or go.
/// </summary>
internal sealed class Outlook
{
    private const int MostParts = 20;

    /// <summary>Of fewer the spread says little.</summary>
    private const int FewestParts = 6;

    /// <summary>Of the number of workers: with more, rates are no longer those of now.</summary>
    private const double LargestChange = 0.2;

    private const double StandardErrors = 2;

    private static readonly TimeSpan Span = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan ShortestPart = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(1e8);

    private readonly List<Moment> _seen = [];

    /// <summary>Snapshots less than half a second after another are left out.</summary>
    public void Add(RunSnapshot snapshot)
    {
        var able = snapshot.Workers.Count(worker => worker is { Connected: true, Quarantine: null });
        if (_seen.Count > 0 && snapshot.Elapsed - _seen[^1].Elapsed < TimeSpan.FromSeconds(0.5))
            return;
        _seen.Add(new Moment(snapshot.Elapsed, snapshot.RowsComputed, able));
        var old = 0;
        while (old < _seen.Count - 1 && (snapshot.Elapsed - _seen[old].Elapsed > Span ||
            Math.Abs(_seen[old].Workers - able) > LargestChange * Math.Max(1, able)))
            old++;
        _seen.RemoveRange(0, old);
    }

    /// <param name="rate">Rows a second of the last half minute.</param>
    /// <returns>Null where nothing goes on.</returns>
    public Remaining? RemainingOf(RunSnapshot snapshot, double rate)
    {
        var left = snapshot.Rows - snapshot.RowsScored;
        if (rate <= 0 || left < 0)
            return null;
        var time = _seen[^1].Elapsed - _seen[0].Elapsed;
        var parts = (int)Math.Min(MostParts, time / ShortestPart);
        if (parts < FewestParts)
            return new Remaining(Of(left, rate), Low: null, High: null);
        var rates = RatesOf(parts, time);
        var mean = rates.Average();
        if (mean <= 0)
            return new Remaining(Of(left, rate), Low: null, High: null);
        var variance = rates.Sum(one => (one - mean) * (one - mean)) / (parts - 1);
        var error = StandardErrors * Math.Sqrt(variance / parts);
        return new Remaining(Of(left, mean), Of(left, mean + error), error < mean ? Of(left, mean - error) : null);
    }

    private double[] RatesOf(int parts, TimeSpan time)
    {
        var (rates, part) = (new double[parts], time / parts);
        var (next, before) = (0, (double)_seen[0].Rows);
        for (var i = 0; i < parts; i++)
        {
            var end = _seen[0].Elapsed + (part * (i + 1));
            while (next < _seen.Count - 1 && _seen[next].Elapsed < end)
                next++;
            var rows = RowsAt(end, next);
            // Fewer than before: scores were thrown away.
            rates[i] = Math.Max(0, rows - before) / part.TotalSeconds;
            before = rows;
        }

        return rates;
    }

    /// <param name="next">The first moment that is not before, or the last one; not the first of all.</param>
    private double RowsAt(TimeSpan time, int next)
    {
        var (before, after) = (_seen[next - 1], _seen[next]);
        var share = Math.Clamp((time - before.Elapsed) / (after.Elapsed - before.Elapsed), 0, 1);
        return before.Rows + (share * (after.Rows - before.Rows));
    }

    private static TimeSpan Of(long rows, double rate) =>
        TimeSpan.FromSeconds(Math.Min(rows / rate, Longest.TotalSeconds));

    private readonly record struct Moment(TimeSpan Elapsed, long Rows, int Workers);

    /// <param name="Low">Null where the range is not known; so may <paramref name="High"/> be alone.</param>
    internal sealed record Remaining(TimeSpan Likely, TimeSpan? Low, TimeSpan? High);
}
