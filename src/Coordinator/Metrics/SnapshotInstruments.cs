using System.Diagnostics.Metrics;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Telemetry;

namespace FineWebTorch.Coordinator.Metrics;

/// <summary>
/// A run as numbers, read of the snapshot that everybody else reads, when somebody asks. Labels name workers, never
/// files.
/// </summary>
internal sealed class SnapshotInstruments : IDisposable
{
    private const int MostSeries = 32;

    private readonly Meter _meter = new(Instrumentation.Name, ProgramVersion.Current);
    private readonly Func<RunSnapshot> _now;

    /// <param name="now">The last snapshot; must not wait.</param>
    /// <param name="queuedBytes">Of messages of workers that wait for the run's loop.</param>
    public SnapshotInstruments(Func<RunSnapshot> now, Func<long> queuedBytes)
    {
        _now = now;
        AddProgress();
        AddState();
        _meter.CreateObservableGauge(
            "fineweb.queue.messages", queuedBytes, "By", "Messages of workers that wait for the run's loop.");
    }

    public RunMeter Meter => new(meter => meter == _meter, _ => MostSeries);

    public void Dispose() => _meter.Dispose();

    private void AddProgress()
    {
        Count("fineweb.documents", "{document}",
            "Documents of the run that have been scored, with those of sessions before.", run => run.RowsComputed);
        Count("fineweb.documents.kept", "{document}", "Those of them that the run keeps.", run => run.Kept);
        Count("fineweb.documents.unscorable", "{document}", "Those of them that have no score.", run => run.Unscorable);
        Count("fineweb.tokens", "{token}", "Tokens of these documents, with [CLS] and [SEP].", run => run.TokensComputed);
        Gauge("fineweb.run.documents", "{document}", "Documents that the run has, but for those of failed files.",
            run => run.Rows);
        Gauge("fineweb.run.documents.scored", "{document}", "Those of them that have been scored.", run => run.RowsScored);
        Gauge("fineweb.run.time", "s", "Time since this coordinator was started.", run => run.Elapsed.TotalSeconds);
        Several("fineweb.files", "{file}", "Files of the run by how they stand.", "state", run =>
        [
            ("done", run.FilesDone), ("failed", run.FilesFailed), ("working", run.FilesInWork),
            ("waiting", run.Files - run.FilesDone - run.FilesFailed - run.FilesInWork),
        ]);
    }

    private void AddState()
    {
        Gauge("fineweb.run.paused", "", "1 while a person has the run wait.", run => run.Paused ? 1 : 0);
        Gauge("fineweb.run.standstill", "", "1 while every worker that is here is quarantined.",
            run => run.Standstill is null ? 0 : 1);
        Several("fineweb.workers", "{worker}", "Workers by how they stand.", "state", run =>
        [
            ("connected", run.Workers.Count(worker => worker.Connected)),
            ("silent", run.Workers.Count(worker => !worker.Connected)),
            ("quarantined", run.Quarantined.Count),
            ("leaving", run.Workers.Count(worker => worker.Leaving)),
            ("awaited", run.Awaited),
        ]);
        Several("fineweb.lease.active", "{lease}", "Leases that workers hold.", "kind", run =>
        [
            ("score", run.Workers.Sum(worker => worker.Work.Count(work => !work.IsBuild))),
            ("build", run.Workers.Sum(worker => worker.Work.Count(work => work.IsBuild))),
        ]);
    }

    private void Count(string name, string unit, string description, Func<RunSnapshot, long> read) =>
        _meter.CreateObservableCounter(name, () => read(_now()), unit, description);

    private void Gauge(string name, string unit, string description, Func<RunSnapshot, double> read) =>
        _meter.CreateObservableGauge(name, () => read(_now()), unit, description);

    private void Several(
        string name, string unit, string description, string label,
        Func<RunSnapshot, (string Value, int Count)[]> read) =>
        _meter.CreateObservableGauge(
            name,
            () => read(_now()).Select(
                one => new Measurement<long>(one.Count, KeyValuePair.Create(label, (object?)one.Value))),
            unit, description);
}
