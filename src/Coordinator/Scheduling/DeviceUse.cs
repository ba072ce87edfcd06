using FineWebTorch.Protos.V1;

namespace FineWebTorch.Coordinator.Scheduling;

/// <summary>What a worker's device has done and does, by what its heartbeats say.</summary>
internal sealed class DeviceUse
{
    private static readonly TimeSpan Span = TimeSpan.FromSeconds(30);
    private readonly Queue<(TimeSpan Time, WorkerTotals Totals)> _recent = [];

    /// <summary>Of the last half minute, or of the time since the second last heartbeat; null before there are two.
    /// </summary>
    public DevicePhases? Phases { get; private set; }

    /// <summary>Null before the first heartbeat.</summary>
    public WorkerTotals? Totals { get; private set; }

    /// <summary>Null where the worker can read none of its device's counters.</summary>
    public DeviceFigures? Figures { get; private set; }

    /// <param name="now">When the heartbeat came.</param>
    public void Note(TimeSpan now, WorkerStatistics statistics)
    {
        var totals = WorkerTotals.Of(statistics);
        (Totals, Figures) = (totals, statistics.Device is { } device ? DeviceFigures.Of(device) : null);
        // Less than before: the worker has been started again.
        if (_recent.Count > 0 && totals.BusySeconds < _recent.Last().Totals.BusySeconds)
            _recent.Clear();
        _recent.Enqueue((now, totals));
        while (_recent.Count > 2 && now - _recent.Peek().Time > Span)
            _recent.Dequeue();
        var (time, before) = _recent.Peek();
        if (now > time)
            Phases = DevicePhases.Of(before, totals, (now - time).TotalSeconds);
    }
}

/// <summary>What a worker has done since it was started, and holds at the moment.</summary>
/// <param name="Positions">That its device computed: tokens and, if there were any, padding.</param>
internal sealed record WorkerTotals(long Documents, long Tokens, long Positions, long Batches)
{
    /// <summary>Of its device.</summary>
    public double BusySeconds { get; init; }

    /// <summary>For which its device waited for documents.</summary>
    public double ReaderWaitSeconds { get; init; }

    public double TokenizerWaitSeconds { get; init; }

    /// <summary>For which its device waited until the scores of earlier batches were taken.</summary>
    public double WriterWaitSeconds { get; init; }

    /// <summary>For which its device had no task while an input was fetched.</summary>
    public double NetworkWaitSeconds { get; init; }

    /// <summary>Of the process, now.</summary>
    public long ResidentBytes { get; init; }

    /// <summary>On the device, now.</summary>
    public int BatchesInFlight { get; init; }

    public static WorkerTotals Of(WorkerStatistics told) => new(
        (long)told.Documents, (long)told.Tokens, (long)told.Positions, (long)told.Batches)
    {
        BusySeconds = told.BusySeconds,
        ReaderWaitSeconds = told.ReaderWaitSeconds,
        TokenizerWaitSeconds = told.TokenizerWaitSeconds,
        WriterWaitSeconds = told.WriterWaitSeconds,
        NetworkWaitSeconds = told.NetworkWaitSeconds,
        ResidentBytes = (long)told.ResidentBytes,
        BatchesInFlight = (int)told.BatchesInFlight,
    };
}

/// <summary>Where the time of a device goes, each a share of it, 0 to 1. What is left of 1 it had no task.</summary>
/// <param name="Busy">It computed.</param>
/// <param name="Reader">It waited for documents.</param>
/// <param name="Tokenizer">It waited for their tokens.</param>
/// <param name="Writer">It waited until the scores of earlier batches were taken.</param>
internal sealed record DevicePhases(double Busy, double Reader, double Tokenizer, double Writer)
{
    /// <summary>It had no task while an input was fetched from the Hub or the coordinator.</summary>
    public double Network { get; init; }

    public static DevicePhases Of(WorkerTotals before, WorkerTotals after, double seconds)
    {
        double Share(Func<WorkerTotals, double> part) => Math.Clamp((part(after) - part(before)) / seconds, 0, 1);
        return new DevicePhases(
            Share(totals => totals.BusySeconds), Share(totals => totals.ReaderWaitSeconds),
            Share(totals => totals.TokenizerWaitSeconds), Share(totals => totals.WriterWaitSeconds))
        {
            Network = Share(totals => totals.NetworkWaitSeconds),
        };
    }
}

/// <summary>What a device's own counters say; null what they do not say. Of a CPU it is what the worker takes.</summary>
/// <param name="Utilization">0 to 1.</param>
/// <param name="MemoryUsed">Bytes.</param>
/// <param name="MemoryTotal">Bytes.</param>
internal sealed record DeviceFigures(
    double? Utilization, long? MemoryUsed, long? MemoryTotal, double? Watts, double? Celsius)
{
    public static DeviceFigures Of(DeviceReading told) => new(
        told.HasUtilization ? told.Utilization : null,
        told.HasMemoryUsedBytes ? (long)told.MemoryUsedBytes : null,
        told.HasMemoryTotalBytes ? (long)told.MemoryTotalBytes : null,
        told.HasWatts ? told.Watts : null,
        told.HasCelsius ? told.Celsius : null);
}
