using System.Diagnostics.Metrics;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Telemetry;

namespace FineWebTorch.Coordinator.Metrics;

/// <summary>
/// What the workers of a run tell as numbers. OpenTelemetry keeps a place for every series that there has ever been, and
/// sums up what finds none: workers that come and go for days would fill them. So their meter is made anew from time to
/// time, which nobody sees: all is read of the snapshot.
/// </summary>
internal sealed class WorkerSeries : IDisposable
{
    /// <summary>Places for workers, and for what a device's time is spent on.</summary>
    private const int MostWorkers = 4_000, MostPhases = 4 * MostWorkers;

    /// <summary>So many workers have had places when the meter is made anew.</summary>
    private const int Worn = 3_000;

    private const string Phases = "fineweb.device.time";

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private readonly Func<RunSnapshot> _now;
    private readonly ITimer _timer;
    private volatile Meter _meter;

    /// <param name="now">The last snapshot; must not wait.</param>
    public WorkerSeries(Func<RunSnapshot> now, TimeProvider time)
    {
        _now = now;
        _meter = NewMeter();
        AddAll();
        _timer = time.CreateTimer(_ => Look(), null, Interval, Interval);
    }

    public RunMeter Meter => new(meter => meter == _meter, name => name == Phases ? MostPhases : MostWorkers);

    public void Dispose()
    {
        _timer.Dispose();
        _meter.Dispose();
    }

    private static Meter NewMeter() => new(Instrumentation.Name, ProgramVersion.Current);

    private void Look()
    {
        lock (_names)
        {
            var workers = _now().Workers;
            _names.UnionWith(workers.Select(worker => worker.Name));
            if (_names.Count < Math.Max(Worn, workers.Count + (MostWorkers - Worn)))
                return;
            _names.Clear();
            _meter.Dispose();
            _meter = NewMeter();
            AddAll();
        }
    }

    private void AddAll()
    {
        AddWorkers();
        AddDevices();
    }

    private void AddWorkers()
    {
        _meter.CreateObservableGauge(
            "fineweb.worker.up", () => _now().Workers.Select(worker => Of(worker, worker.Connected ? 1L : 0L)), "",
            "1 for a worker in session, 0 for one that is expected back.");
        _meter.CreateObservableCounter(
            "fineweb.worker.documents", () => _now().Workers.Select(worker => Of(worker, worker.Rows)), "{document}",
            "Documents whose scores this worker was the first to send.");
        Counter("fineweb.worker.tokens", "{token}", "Tokens that this worker has scored.", told => told.Told?.Tokens);
        Counter("fineweb.worker.batches", "{batch}", "Batches that its device has computed.", told => told.Told?.Batches);
        Figure("fineweb.worker.memory", "By", "Memory of the worker's process.", worker => worker.Told?.ResidentBytes);
        Figure("fineweb.queue.batches", "{batch}", "Batches that its device has been given and is not done with.",
            worker => worker.Told?.BatchesInFlight);
    }

    private void AddDevices()
    {
        Figure("fineweb.device.busy.ratio", "1",
            "Share of the last half minute in which the device computed for the run.", worker => worker.Busy);
        _meter.CreateObservableCounter(
            Phases, () => Connected().SelectMany(TimesOf), "s", "Where the device's time has gone since the worker began.");
        Figure("fineweb.device.utilization.ratio", "1",
            "Share of the last moments that the device was in use, by its counters.", worker => worker.Figures?.Utilization);
        Figure("fineweb.device.memory", "By", "Memory of the device that is in use.",
            worker => worker.Figures?.MemoryUsed);
        Figure("fineweb.device.memory.limit", "By", "Memory that the device has.", worker => worker.Figures?.MemoryTotal);
        Figure("fineweb.device.power", "W", "Power that the device takes.", worker => worker.Figures?.Watts);
        Figure("fineweb.device.temperature", "Cel", "Temperature of the device.", worker => worker.Figures?.Celsius);
    }

    private static IEnumerable<Measurement<double>> TimesOf(WorkerSnapshot worker) => worker.Told is not { } told ? [] :
    [
        Of(worker, told.BusySeconds, "busy"), Of(worker, told.ReaderWaitSeconds, "reader"),
        Of(worker, told.TokenizerWaitSeconds, "tokenizer"), Of(worker, told.WriterWaitSeconds, "writer"),
        Of(worker, told.NetworkWaitSeconds, "network"),
    ];

    private IEnumerable<WorkerSnapshot> Connected() => _now().Workers.Where(worker => worker.Connected);

    private void Counter(string name, string unit, string description, Func<WorkerSnapshot, long?> read) =>
        _meter.CreateObservableCounter(name, () => OfThoseThatSay(read), unit, description);

    private void Figure(string name, string unit, string description, Func<WorkerSnapshot, double?> read) =>
        _meter.CreateObservableGauge(name, () => OfThoseThatSay(read), unit, description);

    private IEnumerable<Measurement<T>> OfThoseThatSay<T>(Func<WorkerSnapshot, T?> read)
        where T : struct
    {
        foreach (var worker in Connected())
        {
            if (read(worker) is { } figure)
                yield return Of(worker, figure);
        }
    }

    private static Measurement<T> Of<T>(WorkerSnapshot worker, T value, string? phase = null)
        where T : struct
    {
        var name = KeyValuePair.Create("worker", (object?)worker.Name);
        var device = KeyValuePair.Create("device", (object?)worker.Device);
        return phase is null
            ? new Measurement<T>(value, name, device)
            : new Measurement<T>(value, name, device, KeyValuePair.Create("phase", (object?)phase));
    }
}
