using FineWebTorch.Terminal;

namespace FineWebTorch.Coordinator.Console;

/// <summary>
/// How a run has gone, as a bounded number of points each of which is a mean over a step of time. When there are too many,
/// two become one and steps are twice as long from then on.
/// </summary>
internal sealed class RunHistory
{
    public const int MostPoints = 600;

    private readonly Lock _lock = new();
    private readonly List<double?[]> _points = [];
    private readonly Mean[] _open = [.. Enumerable.Range(0, Series.Count).Select(_ => new Mean())];
    private DateTimeOffset? _start;
    private TimeSpan _step = RunWatch.Interval;

    /// <summary>What is kept, by the name that it has as JSON.</summary>
    private static IReadOnlyList<(string Name, Func<RunProgress, double?> Value)> Series { get; } =
    [
        ("documents", progress => progress.Rates.DocumentsPerSecond),
        ("tokens", progress => progress.Rates.TokensPerSecond),
        ("busy", progress => progress.Rates.Fleet.Busy?.Median),
        ("deviceUse", progress => progress.Rates.Fleet.Device?.Median),
        ("deviceUseLow", progress => progress.Rates.Fleet.Device?.Low),
        ("deviceUseHigh", progress => progress.Rates.Fleet.Device?.High),
        ("memory", progress => progress.Rates.Fleet.Memory?.Median),
    ];

    /// <param name="now">Not before that of the one before.</param>
    public void Add(RunProgress progress, DateTimeOffset now)
    {
        lock (_lock)
        {
            _start ??= now;
            // A clock that is set back, or a machine that has slept, leaves a gap and no wrong time.
            while (now - _start >= _step * (_points.Count + 1))
                Close();
            for (var i = 0; i < Series.Count; i++)
                _open[i].Add(Series[i].Value(progress));
        }
    }

    /// <summary>Null values stand where nothing was known.</summary>
    public HistoryView View()
    {
        lock (_lock)
            return new HistoryView(
                _step.TotalSeconds, _start,
                Series.Select((series, i) => KeyValuePair.Create(
                    series.Name, (IReadOnlyList<double?>)[.. _points.Select(point => point[i])])).ToDictionary());
    }

    /// <summary>What a line of a terminal has room for.</summary>
    public RunPast Past()
    {
        var view = View();
        var series = view.Series;
        var use = series["deviceUse"].Any(value => value is not null) ? series["deviceUse"] : series["busy"];
        return new RunPast(RunPast.Of(series["documents"], view.Step), RunPast.Of(use, view.Step));
    }

    private void Close()
    {
        _points.Add([.. _open.Select(mean => mean.Take())]);
        if (_points.Count < MostPoints)
            return;
        for (var i = 0; i < MostPoints / 2; i++)
            _points[i] = [.. _points[2 * i].Zip(_points[(2 * i) + 1], Between)];
        _points.RemoveRange(MostPoints / 2, MostPoints / 2);
        _step *= 2;
    }

    private static double? Between(double? first, double? second) =>
        first is { } a && second is { } b ? (a + b) / 2 : first ?? second;

    private sealed class Mean
    {
        private double _sum;
        private int _count;

        public void Add(double? value)
        {
            if (value is not { } known)
                return;
            _sum += known;
            _count++;
        }

        public double? Take()
        {
            double? mean = _count > 0 ? Math.Round(_sum / _count, 4) : null;
            (_sum, _count) = (0, 0);
            return mean;
        }
    }
}

/// <param name="Step">Seconds.</param>
/// <param name="Start">Of the first point; null before there is any.</param>
/// <param name="Series">Of equal length, the oldest first.</param>
internal sealed record HistoryView(
    double Step, DateTimeOffset? Start, IReadOnlyDictionary<string, IReadOnlyList<double?>> Series);

/// <summary>How a run has gone, as means over equal times, the oldest first; null where nothing was known.</summary>
/// <param name="Documents">A second.</param>
/// <param name="Use">Median share of the devices that was in use; that was busy where no counters tell it.</param>
internal sealed record RunPast(IReadOnlyList<double?> Documents, IReadOnlyList<double?> Use)
{
    private const int Most = 200;

    /// <summary>What is not known for a shorter time is a look that came late on a busy machine.</summary>
    private static readonly TimeSpan ShortestGap = TimeSpan.FromSeconds(5);

    /// <param name="values">Of which short gaps are filled with what was before.</param>
    /// <param name="step">Seconds from one to the next.</param>
    public static IReadOnlyList<double?> Of(IReadOnlyList<double?> values, double step)
    {
        var (filled, most) = (values.ToArray(), (int)(ShortestGap.TotalSeconds / step));
        var last = -1;
        for (var i = 0; i < filled.Length; i++)
        {
            if (values[i] is null)
                continue;
            if (last >= 0 && i - last <= most)
                Array.Fill(filled, values[last], last + 1, i - last - 1);
            last = i;
        }

        return filled.Length <= Most ? filled : Charts.Means(filled, Most);
    }
}
