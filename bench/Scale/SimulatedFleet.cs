using System.Globalization;
using System.Text.Json;
using FineWebTorch.Bench;
using FineWebTorch.Bench.Fleet;
using FineWebTorch.Coordinator.Console;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Scheduling;
using FineWebTorch.Coordinator.Web;

namespace FineWebTorch.Scale;

/// <summary>The two simulated cases. A day's run is not simulated whole: its middle is, at full rate, and its end.</summary>
internal sealed class SimulatedFleet(int files, int last, int workers, int seconds)
{
    private const string Subject = "coordinator, a simulated fleet on the real core and ledger";
    private const int Windows = 1_000;
    private static readonly TimeSpan Arrival = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Windows, batches and rates as of A10G-like GPUs, with half of the files done: what a second of such a fleet costs.
    /// </summary>
    public IEnumerable<BenchRow> AtFullRate()
    {
        var shape = new FleetShape(files, Windows, WindowRows: 16_384, Batches: 100, workers, RowsPerSecond: 1_172)
        {
            FinishedFiles = files / 2,
            BetweenMishaps = TimeSpan.FromMinutes(2),
            Arrival = Arrival,
        };
        var name = string.Create(
            CultureInfo.InvariantCulture, $"{files:N0} files x {Windows:N0} windows of 16,384, {workers:N0} workers");
        GC.Collect(2, GCCollectionMode.Aggressive);
        using var folder = new LedgerFolder();
        using var ledger = SqliteLedger.Open(folder.Path);
        var run = new SimulatedRun(shape, ledger, seed: 1);
        run.Run(Arrival);
        run.Figures.Clear();
        var (rows, bytes) = (run.Core.Totals.Rows, folder.Bytes);
        run.Run(Arrival + TimeSpan.FromSeconds(seconds));
        rows = run.Core.Totals.Rows - rows;
        yield return Row(name, "CPU of core and ledger", "s a second", run.Figures.Cpu.TotalSeconds / seconds,
            $"{rows / (double)seconds / 1e6:0.00} M rows/s, {run.Figures.Commands / seconds} messages/s; " +
            $"{seconds} s simulated; without gRPC");
        foreach (var row in Grants(name, run.Figures))
            yield return row;
        foreach (var row in Watching(name, run))
            yield return row;
        yield return Memory(name, run.Figures);
        yield return Row(name, "ledger, growth while scoring", "bytes a row", (folder.Bytes - bytes) / (double)rows,
            "log included; rows of open windows lie there with their numbers");
    }

    /// <summary>All but the last files are done: these are scored and built to the end, whatever befalls the workers.</summary>
    public IEnumerable<BenchRow> ToTheEnd()
    {
        const int windowRows = 8;
        var shape = new FleetShape(files, Windows, windowRows, Batches: 1, workers, RowsPerSecond: 4 * windowRows)
        {
            FinishedFiles = files - last,
            BetweenMishaps = TimeSpan.FromMinutes(5),
            Arrival = Arrival,
        };
        var name = string.Create(
            CultureInfo.InvariantCulture, $"the last {last:N0} of {files:N0} files to the end, windows of {windowRows}");
        GC.Collect(2, GCCollectionMode.Aggressive);
        using var folder = new LedgerFolder();
        using var ledger = SqliteLedger.Open(folder.Path);
        var run = new SimulatedRun(shape, ledger, seed: 2);
        var bytes = folder.Bytes;
        run.Run(TimeSpan.FromHours(10));
        yield return Row(name, "CPU of core and ledger", "s a second", run.Figures.Cpu.TotalSeconds / run.Now.TotalSeconds,
            $"{run.Now.TotalSeconds:0} s simulated, {run.Figures.Commands:N0} messages; {Ended(run)}");
        foreach (var row in Grants(name, run.Figures))
            yield return row;
        yield return Memory(name, run.Figures);
        yield return Row(name, "ledger, kept", "bytes a window", (folder.Bytes - bytes) / ((double)last * Windows),
            string.Join(", ", run.Figures.Mishaps.Select(mishap => $"{mishap.Value} {mishap.Key}")));
    }

    /// <summary>What it costs that somebody watches: each second the run is looked at, and a page is told.</summary>
    private static IEnumerable<BenchRow> Watching(string name, SimulatedRun run)
    {
        const int seconds = 60;
        var (meter, history) = (new RateMeter(), new RunHistory());
        var (looks, page) = (TimeSpan.Zero, TimeSpan.Zero);
        var bytes = 0;
        for (var second = 0; second < seconds; second++)
        {
            var start = Environment.CpuUsage.TotalTime;
            var progress = meter.Add(run.Core.Snapshot(run.Now + TimeSpan.FromSeconds(second)));
            history.Add(progress, DateTimeOffset.UnixEpoch.AddSeconds(second));
            var between = Environment.CpuUsage.TotalTime;
            bytes = JsonSerializer.SerializeToUtf8Bytes(
                PageSnapshot.Of(progress, DateTimeOffset.UnixEpoch, lastEvent: 0), PageJson.Options).Length;
            (looks, page) = (looks + between - start, page + Environment.CpuUsage.TotalTime - between);
        }

        yield return Row(name, "CPU of looking at the run", "s a second", looks.TotalSeconds / seconds,
            "a snapshot, rates and history; with and without a page");
        yield return Row(name, "CPU of telling a page", "s a second", page.TotalSeconds / seconds,
            string.Create(CultureInfo.InvariantCulture, $"once for all watchers; {bytes:N0} bytes to each"));
    }

    private static string Ended(SimulatedRun run)
    {
        var files = run.Core.Files;
        var lost = run.Shape.Rows - run.Core.Totals.Rows;
        return run.Core.IsOver && lost == 0
            ? $"{files.CountOf(FileStage.Done):N0} done, {files.CountOf(FileStage.Failed)} failed, every row once"
            : throw new InvalidDataException($"the run has not ended, or {lost} rows are missing");
    }

    private static IEnumerable<BenchRow> Grants(string name, FleetFigures figures)
    {
        foreach (var (label, share) in ((string, double)[])[("p50", 0.5), ("p99", 0.99), ("longest", 1)])
        {
            var (wall, cpu) = figures.GrantQuantile(share);
            yield return Row(name, $"grant, {label}", "ms", wall * 1e3, string.Create(
                CultureInfo.InvariantCulture,
                $"{cpu * 1e3:0.0} ms of CPU; {figures.Grants:N0} grants, all messages of 20 ms come at once"));
        }
    }

    private static BenchRow Memory(string name, FleetFigures figures) => Row(
        name, "peak memory", "MB", figures.PeakMemory / 1e6, "of the process, the simulated workers included");

    private static BenchRow Row(string name, string contender, string unit, double value, string note) =>
        new(Subject, name, contender, unit) { Median = value, Least = value, Most = value, Runs = 1, Note = note };
}
