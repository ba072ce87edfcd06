using FineWebTorch.Coordinator.Running;

namespace FineWebTorch.Coordinator.Console;

/// <summary>Rates over the last half minute, from snapshots.</summary>
internal sealed class RateMeter
{
    private static readonly TimeSpan Span = TimeSpan.FromSeconds(30);
    private readonly Queue<RunSnapshot> _recent = new();

    public RunRates Add(RunSnapshot snapshot)
    {
        _recent.Enqueue(snapshot);
        while (_recent.Count > 2 && snapshot.Elapsed - _recent.Peek().Elapsed > Span)
            _recent.Dequeue();
        var first = _recent.Peek();
        var seconds = (snapshot.Elapsed - first.Elapsed).TotalSeconds;
        if (seconds <= 0)
            return new RunRates(0, 0, null, new Dictionary<string, double>());
        // Fewer than before: scores were thrown away.
        var rate = Math.Max(0, snapshot.RowsComputed - first.RowsComputed) / seconds;
        var left = snapshot.Rows - snapshot.RowsScored;
        return new RunRates(
            rate,
            Math.Max(0, snapshot.TokensComputed - first.TokensComputed) / seconds,
            rate > 0 && left >= 0 ? TimeSpan.FromSeconds(Math.Min(left / rate, 1e8)) : null,
            ByWorker(first, snapshot, seconds));
    }

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
    IReadOnlyDictionary<string, double> ByWorker);
