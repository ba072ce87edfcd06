using FineWebTorch.Common;
using FineWebTorch.Coordinator.Metrics;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Coordinator.Scheduling;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace FineWebTorch.Coordinator.Tests.Metrics;

public sealed class ManyWorkersTests
{
    /// <summary>Workers of a cluster come and go for days; those that are there must not be left out for that.</summary>
    [Fact]
    public void Series_OfWorkersThatHaveGone_MakeRoomForOthers()
    {
        const int perRound = 900;
        var (round, time) = (0, new FakeTime());
        using var workers = new WorkerSeries(() => Of(round, perRound), time);
        var meter = workers.Meter;
        var seen = new List<string>();
        using var provider = Sdk.CreateMeterProviderBuilder().AddMeter(Instrumentation.Name)
            .AddView(instrument => !meter.Owns(instrument.Meter)
                ? MetricStreamConfiguration.Drop
                : new MetricStreamConfiguration { CardinalityLimit = meter.MostSeries(instrument.Name) })
            .AddReader(new BaseExportingMetricReader(new Names(seen))).Build();

        for (; round < 30; round++)
        {
            seen.Clear();
            time.Advance(TimeSpan.FromSeconds(10));
            provider.ForceFlush();
            Assert.Equal(
                Enumerable.Range(0, perRound).Select(index => NameOf(round, index)).Order(StringComparer.Ordinal),
                seen.Order(StringComparer.Ordinal));
        }
    }

    private static string NameOf(int round, int index) => $"node-{round}-{index}";

    private static RunSnapshot Of(int round, int workers) => new(
        TimeSpan.Zero, 1, 0, 0, 10, 0, 0, 0, 0,
        [.. Enumerable.Range(0, workers).Select(index => new WorkerSnapshot(
            $"{index}", NameOf(round, index), "a GPU", Connected: true, 1, "")
        {
            Figures = new DeviceFigures(0.5, null, null, null, null),
        })], workers, 0);

    private sealed class Names(List<string> seen) : BaseExporter<Metric>
    {
        public override ExportResult Export(in Batch<Metric> batch)
        {
            foreach (var metric in batch)
            {
                if (metric.Name != "fineweb.device.utilization.ratio")
                    continue;
                foreach (ref readonly var point in metric.GetMetricPoints())
                {
                    foreach (var (key, value) in point.Tags)
                    {
                        if (key == "worker")
                            seen.Add((string)value!);
                    }
                }
            }

            return ExportResult.Success;
        }
    }
}
