using System.Net;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Running;

namespace FineWebTorch.Coordinator.Limits;

/// <summary>
/// Tells of peers that meet limits: the first time at once, and then once in a while how often it has happened since.
/// </summary>
internal sealed class FloodLog : IDisposable
{
    /// <summary>Pairs of address and trouble that are told apart.</summary>
    private const int MostKinds = 100;

    private readonly Lock _lock = new();
    private readonly Dictionary<(IPAddress? Address, string What), long> _since = [];
    private readonly IRunObserver _observer;
    private readonly TimeSpan _interval;
    private readonly ITimer _timer;

    public FloodLog(IRunObserver observer, TimeProvider time, TimeSpan interval)
    {
        (_observer, _interval) = (observer, interval);
        _timer = time.CreateTimer(_ => Tell(), null, interval, interval);
    }

    /// <param name="what">One of few texts, written as "a connection was cut: nothing came".</param>
    public void Note(IPAddress address, string what)
    {
        lock (_lock)
        {
            (IPAddress?, string) kind = (address, what);
            if (!_since.ContainsKey(kind) && _since.Count >= MostKinds)
                kind = (null, what);
            if (_since.TryGetValue(kind, out var count))
            {
                _since[kind] = count + 1;
                return;
            }

            _since[kind] = 0;
        }

        _observer.Observe(new RunEvent.Warning($"{address}: {what}"));
    }

    public void Dispose()
    {
        _timer.Dispose();
        Tell();
    }

    private void Tell()
    {
        List<((IPAddress? Address, string What) Kind, long Times)> told;
        lock (_lock)
        {
            told = [.. _since.Where(one => one.Value > 0).Select(one => (one.Key, one.Value))];
            // Whoever goes on is counted on; the others are told at once when they come again.
            _since.Clear();
            foreach (var (kind, _) in told)
                _since[kind] = 0;
        }

        foreach (var ((address, what), times) in told)
            _observer.Observe(new RunEvent.Warning(
                $"{address?.ToString() ?? "other addresses"}: {what}; {NumberText.Count(times, "more time")} in the last " +
                Durations.Describe(_interval)));
    }
}
