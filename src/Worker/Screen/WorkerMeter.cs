using FineWebTorch.Worker.Pipeline;
using FineWebTorch.Worker.Progress;
using FineWebTorch.Worker.Telemetry;

namespace FineWebTorch.Worker.Screen;

/// <summary>What there is to show of a worker, as it is now and has been. For one thread at a time.</summary>
/// <param name="device"><c>CPU</c> or <c>GPU</c>.</param>
internal sealed class WorkerMeter(
    string device, WorkerActivity activity, PipelineStatistics statistics, DeviceSampler sampler, TimeProvider time)
{
    private const int MostPoints = 120;

    private static readonly TimeSpan Step = TimeSpan.FromSeconds(1);

    /// <summary>Rates are those of so long.</summary>
    private static readonly TimeSpan Span = TimeSpan.FromSeconds(30);

    private readonly Queue<(long At, PipelineTotals Totals)> _recent = new([(time.GetTimestamp(), statistics.Totals)]);
    private readonly Queue<double?> _past = new();
    private WorkerMoment _rates = new(device, "");
    private long _last = time.GetTimestamp();

    public WorkerMoment Look()
    {
        if (time.GetElapsedTime(_last) >= Step)
            Measure();
        var reading = sampler.Last;
        return _rates with
        {
            Activity = activity.Text,
            Documents = statistics.Totals.Documents,
            Use = reading is { HasUtilization: true } ? reading.Utilization : null,
            Memory = reading is { HasMemoryUsedBytes: true, MemoryTotalBytes: > 0 }
                ? Math.Min(1, (double)reading.MemoryUsedBytes / reading.MemoryTotalBytes)
                : null,
        };
    }

    private void Measure()
    {
        var (now, totals) = (time.GetTimestamp(), statistics.Totals);
        _last = now;
        _recent.Enqueue((now, totals));
        while (_recent.Count > 2 && time.GetElapsedTime(_recent.Peek().At, now) > Span)
            _recent.Dequeue();
        var (at, before) = _recent.Peek();
        var seconds = time.GetElapsedTime(at, now).TotalSeconds;
        var rate = (totals.Documents - before.Documents) / seconds;
        _past.Enqueue(rate);
        if (_past.Count > MostPoints)
            _past.Dequeue();
        _rates = _rates with
        {
            DocumentsPerSecond = rate,
            TokensPerSecond = (totals.Tokens - before.Tokens) / seconds,
            Busy = Math.Clamp((totals.Busy - before.Busy).TotalSeconds / seconds, 0, 1),
            Past = [.. _past],
        };
    }
}
