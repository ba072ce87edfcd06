using FineWebTorch.Coordinator.Running;

namespace FineWebTorch.Coordinator.Console;

/// <summary>Rates over the last half minute, and what follows from them, from snapshots.</summary>
/// <param name="pricePerHour">Of one worker, in whatever money; null where nobody has told.</param>
internal sealed class RateMeter(double? pricePerHour = null)
{
    private static readonly TimeSpan Span = TimeSpan.FromSeconds(30);
    private readonly Queue<RunSnapshot> _recent = new();
    private readonly Outlook _outlook = new();
    private TimeSpan _last;
    private double _workerHours;

    public RunProgress Add(RunSnapshot snapshot)
    {
        _workerHours += Connected(snapshot) * Math.Max(0, (snapshot.Elapsed - _last).TotalHours);
        _last = snapshot.Elapsed;
        _recent.Enqueue(snapshot);
        while (_recent.Count > 2 && snapshot.Elapsed - _recent.Peek().Elapsed > Span)
            _recent.Dequeue();
        _outlook.Add(snapshot);
        return new RunProgress(snapshot, RatesOf(snapshot));
    }

    private RunRates RatesOf(RunSnapshot snapshot)
    {
        var first = _recent.Peek();
        var seconds = (snapshot.Elapsed - first.Elapsed).TotalSeconds;
        // Fewer than before: scores were thrown away.
        var rate = seconds > 0 ? Math.Max(0, snapshot.RowsComputed - first.RowsComputed) / seconds : 0;
        var tokens = seconds > 0 ? Math.Max(0, snapshot.TokensComputed - first.TokensComputed) / seconds : 0;
        var remaining = _outlook.RemainingOf(snapshot, rate);
        return new RunRates(
            rate, tokens, remaining?.Likely, seconds > 0 ? ByWorker(first, snapshot, seconds) : [])
        {
            RemainingLow = remaining?.Low,
            RemainingHigh = remaining?.High,
            Cost = pricePerHour is { } price ? CostOf(snapshot, price, remaining?.Likely) : null,
            Fleet = FleetUse.Of(snapshot.Workers),
        };
    }

    private RunCost CostOf(RunSnapshot snapshot, double price, TimeSpan? remaining)
    {
        var perHour = price * Connected(snapshot);
        return new RunCost(perHour, price * _workerHours, perHour * remaining?.TotalHours);
    }

    private static int Connected(RunSnapshot snapshot) => snapshot.Workers.Count(worker => worker.Connected);

    private static Dictionary<string, double> ByWorker(RunSnapshot first, RunSnapshot last, double seconds)
    {
        var before = first.Workers.ToDictionary(worker => worker.Id, worker => worker.Rows);
        return last.Workers.ToDictionary(
            worker => worker.Id,
            worker => Math.Max(0, worker.Rows - before.GetValueOrDefault(worker.Id)) / seconds);
    }
}

/// <summary>How fast a run goes now.</summary>
/// <param name="DocumentsPerSecond">0 while nothing is known.</param>
/// <param name="Remaining">Null while nothing is known.</param>
/// <param name="ByWorker">Documents a second by worker id.</param>
internal sealed record RunRates(
    double DocumentsPerSecond,
    double TokensPerSecond,
    TimeSpan? Remaining,
    IReadOnlyDictionary<string, double> ByWorker)
{
    /// <summary>See <see cref="Outlook"/>; null while the rate has not been seen for long enough.</summary>
    public TimeSpan? RemainingLow { get; init; }

    /// <summary>Also null where the rate varies so much that the end cannot be told.</summary>
    public TimeSpan? RemainingHigh { get; init; }

    /// <summary>Null where no price is known.</summary>
    public RunCost? Cost { get; init; }

    public FleetUse Fleet { get; init; } = new();
}

/// <summary>What the workers cost, in the money of <c>--price-per-hour</c>.</summary>
/// <param name="PerHour">All that are here now.</param>
/// <param name="SoFar">In this session of the coordinator.</param>
/// <param name="ToEnd">From now on; null while the remaining time is not known.</param>
internal sealed record RunCost(double PerHour, double SoFar, double? ToEnd);
