using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using FineWebTorch.Bench;
using FineWebTorch.Bench.Fleet;
using FineWebTorch.Coordinator.Access;
using FineWebTorch.Coordinator.Disk;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Limits;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Coordinator.Scheduling;
using FineWebTorch.Coordinator.Sessions;
using FineWebTorch.Coordinator.Shards;

namespace FineWebTorch.Scale;

/// <summary>Workers that only pretend, over connections of their own to a real coordinator in the same process.</summary>
internal sealed class ConnectedFleet(int sessions)
{
    private const string Subject = "coordinator, workers over gRPC";
    private static readonly TimeSpan Length = TimeSpan.FromSeconds(20);
    private readonly ConcurrentBag<double> _grants = [];
    private readonly ConcurrentBag<double> _acknowledgements = [];

    public async Task<IReadOnlyList<BenchRow>> MeasureAsync()
    {
        var shape = new FleetShape(
            Files: 4 * sessions, Windows: 100, WindowRows: 16_384, Batches: 100, sessions, RowsPerSecond: 1_172);
        using var folder = new LedgerFolder();
        using var ledger = SqliteLedger.Open(folder.Path);
        ledger.Create(shape.Run, [.. Enumerable.Range(0, shape.Files).Select(shape.File)]);
        var places = new RunPlaces(folder.Folder, folder.Folder, folder.Folder, "nonce");
        var core = new RunCore(ledger.Load()!, places, new SchedulingOptions(shape.HeartbeatTimeout));
        var watch = new OutputWatch(places, new NoObserver());
        await using var loop = new RunLoop(core, ledger, watch, TimeProvider.System);
        using var guard = new PeerGuard(new PeerLimits(), TimeProvider.System, new NoObserver());
        var service = new CoordinationService(
            loop, new FileServer(core.Run.Model), new BuildServer(loop, ledger, hub: null),
            new ShardReceiver(loop, places, new ShardPublisher(places, () => core.Run, core.Spec), watch,
                () => core.Description.Digest),
            guard, RunAccess.OpenToAll);
        await using var server = await CoordinatorServer.StartAsync(
            new IPEndPoint(IPAddress.Loopback, 0), service, guard);
        var cpu = Environment.CpuUsage.TotalTime;
        var start = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, sessions).Select(index =>
            new ConnectedWorker(server.Address, shape, $"worker-{index}", _grants, _acknowledgements)
                .RunAsync(Length)));
        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        return Rows(core, (Environment.CpuUsage.TotalTime - cpu).TotalSeconds / seconds, seconds);
    }

    private List<BenchRow> Rows(RunCore core, double cpu, double seconds)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"{sessions} sessions");
        var rows = core.Totals.Rows / seconds;
        return
        [
            Row(name, "CPU of both ends", "s a second", cpu, $"{rows:0} rows/s stored, {seconds:0} s"),
            .. Quantiles(name, "grant", _grants),
            .. Quantiles(name, "scores stored", _acknowledgements),
            Row(name, "memory", "MB", Environment.WorkingSet / 1e6, "of both ends, after the simulated runs"),
        ];
    }

    private static IEnumerable<BenchRow> Quantiles(string name, string what, IEnumerable<double> seconds)
    {
        var sorted = seconds.Order().ToList();
        foreach (var (label, share) in ((string, double)[])[("p50", 0.5), ("p99", 0.99), ("longest", 1)])
        {
            var value = sorted[(int)Math.Min(sorted.Count - 1, share * sorted.Count)];
            yield return Row(name, $"{what}, {label}", "ms", value * 1e3, $"{sorted.Count:N0}, seen by the workers");
        }
    }

    private static BenchRow Row(string name, string contender, string unit, double value, string note) =>
        new(Subject, name, contender, unit) { Median = value, Least = value, Most = value, Runs = 1, Note = note };

    private sealed class NoObserver : IRunObserver
    {
        public void Observe(RunEvent happened)
        {
        }
    }
}
