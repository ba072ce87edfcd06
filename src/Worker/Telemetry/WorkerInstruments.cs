using System.Diagnostics.Metrics;
using FineWebTorch.Common;
using FineWebTorch.Protos.V1;
using FineWebTorch.Telemetry;
using FineWebTorch.Worker.Pipeline;

namespace FineWebTorch.Worker.Telemetry;

/// <summary>A worker as numbers, read when somebody asks: of what its heartbeats tell too.</summary>
internal sealed class WorkerInstruments : IDisposable
{
    private const int MostSeries = 8;

    private readonly Meter _meter = new(Instrumentation.Name, ProgramVersion.Current);
    private readonly PipelineStatistics _statistics;
    private readonly DeviceSampler _sampler;

    public WorkerInstruments(PipelineStatistics statistics, DeviceSampler sampler)
    {
        (_statistics, _sampler) = (statistics, sampler);
        Count("fineweb.documents", "{document}", "Documents that this worker has scored.", totals => totals.Documents);
        Count("fineweb.tokens", "{token}", "Tokens of these documents, with [CLS] and [SEP].", totals => totals.Tokens);
        Count("fineweb.worker.batches", "{batch}", "Batches that the device has computed.", totals => totals.Batches);
        _meter.CreateObservableGauge(
            "fineweb.queue.batches", () => statistics.BatchesInFlight, "{batch}",
            "Batches that the device has been given and is not done with.");
        _meter.CreateObservableGauge(
            "fineweb.worker.memory", () => Environment.WorkingSet, "By", "Memory of the worker's process.");
        _meter.CreateObservableCounter(
            "fineweb.device.time", Times, "s", "Where the device's time has gone since the worker began.");
        AddDevice();
    }

    public RunMeter Meter => new(meter => meter == _meter, _ => MostSeries);

    public void Dispose() => _meter.Dispose();

    private void AddDevice()
    {
        Figure("fineweb.device.utilization.ratio", "1",
            "Share of the last moments that the device was in use, by its counters.", device => device.HasUtilization ? device.Utilization : null);
        Figure("fineweb.device.memory", "By", "Memory of the device that is in use.",
            device => device.HasMemoryUsedBytes ? device.MemoryUsedBytes : null);
        Figure("fineweb.device.memory.limit", "By", "Memory that the device has.",
            device => device.HasMemoryTotalBytes ? device.MemoryTotalBytes : null);
        Figure("fineweb.device.power", "W", "Power that the device takes.",
            device => device.HasWatts ? device.Watts : null);
        Figure("fineweb.device.temperature", "Cel", "Temperature of the device.",
            device => device.HasCelsius ? device.Celsius : null);
    }

    private IEnumerable<Measurement<double>> Times()
    {
        var totals = _statistics.Totals;
        return
        [
            Of("busy", totals.Busy), Of("reader", totals.ReaderWait), Of("tokenizer", totals.TokenizerWait),
            Of("writer", totals.WriterWait), Of("network", totals.NetworkWait),
        ];

        static Measurement<double> Of(string phase, TimeSpan time) =>
            new(time.TotalSeconds, KeyValuePair.Create("phase", (object?)phase));
    }

    private void Count(string name, string unit, string description, Func<PipelineTotals, long> read) =>
        _meter.CreateObservableCounter(name, () => read(_statistics.Totals), unit, description);

    private void Figure(string name, string unit, string description, Func<DeviceReading, double?> read) =>
        _meter.CreateObservableGauge<double>(
            name,
            () => _sampler.Last is { } device && read(device) is { } figure ? [new Measurement<double>(figure)] : [],
            unit, description);
}
