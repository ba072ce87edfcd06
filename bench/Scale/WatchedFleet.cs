using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.Json;
using FineWebTorch.Bench;
using FineWebTorch.Bench.Fleet;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Console;
using FineWebTorch.Coordinator.Control;
using FineWebTorch.Coordinator.Disk;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Limits;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Coordinator.Scheduling;
using FineWebTorch.Coordinator.Verification;
using FineWebTorch.Coordinator.Web;
using FineWebTorch.Hub;
using FineWebTorch.Protos.V1;

namespace FineWebTorch.Scale;

/// <summary>
/// What it costs that a real browser watches a run: the coordinator's CPU while a page is open, beside the same run without,
/// by the real loop, ledger and page's server. Its workers hold leases and send heartbeats; that they do not score keeps the
/// rest of the coordinator's work, which does not depend on the page, small and the same.
/// </summary>
/// <param name="seconds">Of each of the two.</param>
internal sealed class WatchedFleet(int files, int workers, int seconds)
{
    private const string Subject = "coordinator, a page open in Chromium";

    public async Task<IReadOnlyList<BenchRow>> MeasureAsync()
    {
        var shape = new FleetShape(files, Windows: 1_000, WindowRows: 64, Batches: 1, workers, RowsPerSecond: 64)
        {
            FinishedFiles = files / 2,
            HeartbeatTimeout = TimeSpan.FromHours(1),
        };
        using var folder = new LedgerFolder();
        using var ledger = SqliteLedger.Open(folder.Path);
        ledger.Create(shape.Run, [.. Enumerable.Range(0, shape.Files).Select(shape.File)]);
        FinishedFile.Add(shape, ledger);
        var core = new RunCore(
            ledger.Load()!, new RunPlaces(folder.Folder, folder.Folder, folder.Folder, "nonce"),
            new SchedulingOptions(shape.HeartbeatTimeout));
        await using var loop = new RunLoop(core, ledger, new NoObserver(), TimeProvider.System);
        using var ending = new CancellationTokenSource();
        var fleet = LiveAsync(loop, ending.Token);
        await using var watch = new RunWatch(end => loop.SnapshotAsync(end), new RateMeter(1), TimeProvider.System);
        using var guard = new PeerGuard(new PeerLimits(), TimeProvider.System, new NoObserver());
        await using var page = await PageServer.StartAsync(
            new IPEndPoint(IPAddress.Loopback, 0), certificate: null,
            PartsOf(core, loop, ledger, watch, guard.WrongTokens, folder.Folder));
        var rows = await RowsAsync(page);
        await ending.CancelAsync();
        await fleet;
        return rows;
    }

    private async Task<List<BenchRow>> RowsAsync(PageServer page)
    {
        // What has run often is compiled anew: that is no cost of a second.
        using (var first = Open(page))
        {
            await ReadAsync(first);
            await CpuAsync();
            first.StandardInput.Close();
            await first.WaitForExitAsync();
        }

        var without = await CpuAsync();
        using var browser = Open(page);
        var start = Environment.CpuUsage.TotalTime;
        var shown = await ReadAsync(browser);
        var opening = Environment.CpuUsage.TotalTime - start;
        var with = await CpuAsync();
        browser.StandardInput.Close();
        var stayed = await ReadAsync(browser);
        return [.. OfCoordinator(without, with, opening), .. OfBrowser(shown, stayed)];
    }

    private BenchRow[] OfCoordinator(double without, double with, TimeSpan opening) =>
    [
        Row("CPU without a page", "s a second", without, $"{seconds} s; heartbeats and looks, no scores"),
        Row("CPU with a page", "s a second", with, $"{seconds} s"),
        Row("CPU of the page", "s a second", with - without, "the difference"),
        Row("CPU of its opening", "s", opening.TotalSeconds, "once"),
    ];

    private BenchRow[] OfBrowser(JsonElement shown, JsonElement stayed)
    {
        double Of(JsonElement from, string figure) => from.GetProperty(figure).GetDouble();
        return
        [
            Row("page, first paint", "ms", Of(shown, "paint"), "wall time, on whatever else the machine does"),
            Row("page, all parts drawn", "ms", Of(shown, "drawn"), "the same"),
            Row("page, CPU until drawn", "s", Of(shown, "cpu"), "of its process"),
            Row("page, CPU while open", "s a second", Of(stayed, "cpu"), "of its process"),
            Row("page, memory", "MB", Of(stayed, "heap") / 1e6, $"of scripts; {Of(stayed, "nodes"):0} elements; " +
                $"lists of {stayed.GetProperty("workers")} and {stayed.GetProperty("files")}"),
        ];
    }

    private BenchRow Row(string contender, string unit, double value, string note) => new(
        Subject, string.Create(CultureInfo.InvariantCulture, $"{files:N0} files, {workers:N0} workers"), contender, unit)
    {
        Median = value,
        Least = value,
        Most = value,
        Runs = 1,
        Note = note,
    };

    private static Process Open(PageServer page) => Process.Start(
        new ProcessStartInfo("node", ["tests/Page/measure.mjs", page.Invite().Reveal()])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;

    private static async Task<JsonElement> ReadAsync(Process browser) => JsonSerializer.Deserialize<JsonElement>(
        await browser.StandardOutput.ReadLineAsync() ?? throw new InvalidDataException("the browser has ended"));

    /// <summary>Of this process, seconds a second.</summary>
    private async Task<double> CpuAsync()
    {
        var (cpu, start) = (Environment.CpuUsage.TotalTime, Stopwatch.GetTimestamp());
        await Task.Delay(TimeSpan.FromSeconds(seconds));
        return (Environment.CpuUsage.TotalTime - cpu) / Stopwatch.GetElapsedTime(start);
    }

    private static PageParts PartsOf(
        RunCore core, RunLoop loop, ILedger ledger, RunWatch watch, WrongTokens wrong, string folder)
    {
        var events = new EventHistory(new NoObserver(), TimeProvider.System);
        var feed = new SnapshotFeed(
            watch, progress => PageSnapshot.Of(progress, DateTimeOffset.UtcNow, events.Last), TimeProvider.System);
        var desk = new ControlDesk(
            (request, token) => loop.AskAsync<ControlAnswer>(
                answer => new RunCommand.Control(request, answer), token),
            (_, _) => Task.FromResult<LedgerChange.FileReplaced?>(null));
        var noHub = new Lazy<HubAccess>(() => throw new UserErrorException("documents are not read here"));
        var api = new PageApi(
            watch, events, feed, new RunFacts(core, folder, "coordinator run", pricePerHour: 1, mayAct: true), desk,
            new FileList(loop, ledger, core.Spec),
            new DocumentSamples(loop, ledger, core.Spec, new RowFiles(noHub, core.Spec), Random.Shared.Next));
        return new PageParts(WatchAccess.Of(folder, TimeProvider.System), feed, api, wrong, "");
    }

    /// <summary>All join and take a lease; then each sends a heartbeat every five seconds.</summary>
    private async Task LiveAsync(RunLoop loop, CancellationToken ending)
    {
        const int beatsOfSecond = 10, secondsOfHeartbeat = 5, turns = beatsOfSecond * secondsOfHeartbeat;
        var sessions = Enumerable.Range(0, workers).Select(index => new SilentSession(index)).ToList();
        foreach (var session in sessions)
        {
            await loop.PostAsync(new RunCommand.Received(session, session.Hello()), ending);
            await loop.PostAsync(
                new RunCommand.Received(session, new WorkerMessage { WorkRequest = new WorkRequest() }), ending);
        }

        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1.0 / beatsOfSecond));
        try
        {
            for (var turn = 0; await timer.WaitForNextTickAsync(ending); turn++)
                foreach (var session in sessions.Where((_, index) => index % turns == turn % turns))
                    await loop.PostAsync(new RunCommand.Received(session, session.Heartbeat(turn / beatsOfSecond)), ending);
        }
        catch (OperationCanceledException)
        {
            // All is measured.
        }
    }

    /// <summary>A worker that lives and does nothing.</summary>
    private sealed class SilentSession(int index) : IWorkerSession
    {
        public WorkerMessage Hello() => new()
        {
            Hello = new Hello
            {
                WorkerId = $"{index}",
                Name = string.Create(CultureInfo.InvariantCulture, $"node-{index / 8:000}/cuda:{index % 8}"),
                ProgramVersion = ProgramVersion.Current,
                DeviceKind = "cuda",
                DeviceName = "a device",
                Dtypes = { Dtype.Fp32 },
                NumericClass = "class a",
            },
        };

        public WorkerMessage Heartbeat(int second) => new()
        {
            Heartbeat = new Heartbeat
            {
                Statistics = new WorkerStatistics
                {
                    Documents = (ulong)second * 1_000,
                    BusySeconds = second * 0.9,
                    ReaderWaitSeconds = second * 0.05,
                    Device = new DeviceReading
                    {
                        Utilization = (80 + ((index + second) % 20)) / 100.0,
                        MemoryUsedBytes = 12_000_000_000,
                        MemoryTotalBytes = 24_000_000_000,
                        Watts = 200 + ((index + second) % 50),
                        Celsius = 60,
                    },
                },
            },
        };

        public void Send(CoordinatorMessage message)
        {
        }

        public void Close(string? error = null)
        {
        }
    }

    private sealed class NoObserver : IRunObserver
    {
        public void Observe(RunEvent happened)
        {
        }
    }
}
