using System.Net;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Metrics;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Coordinator.Tests.Running;
using FineWebTorch.Coordinator.Tests.Sessions;
using FineWebTorch.Hub;
using FineWebTorch.Protos.V1;

namespace FineWebTorch.Coordinator.Tests.Metrics;

public sealed class ScrapeTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Scrape_OfARun_HasItsFiguresAndThoseOfItsWorkersAndNoFileNames()
    {
        await using var host = await RunHost.StartAsync(_folder, 12, 8);
        await using var metrics = await MetricsHost.StartAsync(host.Loop, new RunHealth(host.Loop, hub: null), _folder["run"]);
        using (var worker = host.Worker("node-1/cuda:0"))
        {
            await worker.JoinAsync();
            var lease = (await worker.RequestAsync()).ScoreLease;
            await worker.SayAsync(worker.Report(lease, 0, row => Runs.Score(0, row)));
            await worker.SayAsync(Heartbeat());
            await worker.NextAsync();
            await LookAsync(host, run => run.Workers is [{ Told: not null }]);

            var seen = await metrics.ScrapeAsync();

            Assert.Equal(4, seen["fineweb_documents_total"]);
            Assert.Equal(1, seen["fineweb_documents_unscorable_total"]);
            Assert.Equal(20, seen["fineweb_run_documents"]);
            Assert.Equal(1, seen["fineweb_files{state=\"working\"}"]);
            Assert.Equal(1, seen["fineweb_files{state=\"waiting\"}"]);
            Assert.Equal(1, seen["fineweb_lease_active{kind=\"score\"}"]);
            Assert.Equal(4, Of(seen, "fineweb_worker_documents_total"));
            Assert.Equal(0.97, Of(seen, "fineweb_device_utilization_ratio"));
            Assert.Equal(412.5, Of(seen, "fineweb_device_power_watts"));
            Assert.Equal(2.5, Of(seen, "fineweb_device_time_seconds_total", "reader"));
            Assert.Equal(3, Of(seen, "fineweb_queue_batches"));
            Assert.DoesNotContain(seen.Keys, name => name.Contains("celsius", StringComparison.Ordinal));
            Assert.DoesNotContain(seen.Keys, name => name.Contains("parquet", StringComparison.Ordinal));
        }

        await LookAsync(host, run => run.Workers.All(worker => !worker.Connected));
        var after = await metrics.ScrapeAsync();
        Assert.DoesNotContain(after.Keys, name => name.StartsWith("fineweb_device_", StringComparison.Ordinal));
        Assert.Equal(1, after["fineweb_workers{state=\"silent\"}"]);
    }

    /// <summary>Of which the dashboard draws a share: never more than all.</summary>
    [Fact]
    public async Task Scored_WhereAFileHasFailedAfterwards_IsOfTheOthersAlone()
    {
        await using var host = await RunHost.StartAsync(_folder, 12, 8);
        await using var metrics = await MetricsHost.StartAsync(host.Loop, new RunHealth(host.Loop, hub: null), _folder["run"]);
        using var worker = host.Worker("node-1/cuda:0");
        await worker.JoinAsync();
        var lease = (await worker.RequestAsync()).ScoreLease;
        await worker.SayAsync(worker.Report(lease, 0, row => Runs.Score(0, row)));
        await LookAsync(host, run => run.RowsScored == 4);
        var before = await metrics.ScrapeAsync();

        await host.Loop.AskAsync<ControlAnswer>(
            answer => new RunCommand.Control(new ControlRequest.Skip(new NamePatterns([Runs.File(0, 0).Name])), answer),
            TestContext.Current.CancellationToken);
        await LookAsync(host, run => run.FilesSkipped == 1);
        var after = await metrics.ScrapeAsync();

        Assert.Equal((4, 20), (before["fineweb_run_documents_scored"], before["fineweb_run_documents"]));
        Assert.Equal((0, 8), (after["fineweb_run_documents_scored"], after["fineweb_run_documents"]));
        Assert.Equal(4, after["fineweb_documents_total"]);
    }

    [Fact]
    public async Task Scrape_FromElsewhere_NeedsTheTokenOfTheRunsFolder()
    {
        await using var host = await RunHost.StartAsync(_folder, 12);
        await using var metrics = await MetricsHost.StartAsync(
            host.Loop, new RunHealth(host.Loop, hub: null), _folder["run"], shownAs: IPAddress.Any);

        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(token: null));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync("fwm1_wrong"));
        var token = (await File.ReadAllTextAsync(_folder["run", "metrics.token"], TestContext.Current.CancellationToken)).Trim();
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(token));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(token: null, path: "healthz"));

        async Task<HttpStatusCode> StatusAsync(string? token, string path = "metrics")
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"/{path}", UriKind.Relative));
            request.Headers.Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token);
            using var answer = await metrics.Client.SendAsync(request, TestContext.Current.CancellationToken);
            return answer.StatusCode;
        }
    }

    [Fact]
    public async Task Ready_WhileTheLedgerTakesNothing_SaysSo()
    {
        var time = new FakeTime();
        await using var run = new GatedRun(Runs.File(0, 4));
        run.Start(new Recorder(), time);
        await using var metrics = await MetricsHost.StartAsync(run.Loop, new RunHealth(run.Loop, hub: null), _folder["run"]);
        Assert.Equal((HttpStatusCode.OK, "ready\n"), await ReadyAsync(metrics));
        run.HoldUp(_ => true);
        time.Advance(TimeSpan.FromSeconds(1));
        await run.CommittingAsync();
        time.Advance(TimeSpan.FromSeconds(20));

        Assert.Equal(
            (HttpStatusCode.ServiceUnavailable, "the run's loop, which writes the ledger, has stood still for"),
            await ReadyAsync(metrics) is var (status, text) ? (status, text[..^" 21 s\n".Length]) : default);
        using var lives = await metrics.Client.GetAsync(
            new Uri("/healthz", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, lives.StatusCode);

        run.GoOn();
        run.Ledger.Committing = _ => throw new IOException("no space left on device");
        time.Advance(TimeSpan.FromSeconds(1));
        await Assert.ThrowsAsync<IOException>(() => run.Loop.Over);
        Assert.Equal(
            (HttpStatusCode.ServiceUnavailable, "the ledger cannot be written: no space left on device\n"),
            await ReadyAsync(metrics));
    }

    [Fact]
    public void Instruments_AreThoseOfTheDocumentation()
    {
        using var instruments = new SnapshotInstruments(RunCoreSnapshot, () => 0);
        using var workers = new WorkerSeries(RunCoreSnapshot, TimeProvider.System);
        RuntimeHelpers.RunClassConstructor(typeof(RunInstruments).TypeHandle);
        RuntimeHelpers.RunClassConstructor(
            typeof(HubTransport).Assembly.GetType("FineWebTorch.Hub.HubInstruments", throwOnError: true)!.TypeHandle);

        Assert.Equal(DocumentedMetrics.Of("coordinator"), DocumentedMetrics.Existing(Instrumentation.Name));

        static RunSnapshot RunCoreSnapshot() => Runs.Core(Runs.Run()).Snapshot(TimeSpan.Zero);
    }

    private static double Of(IReadOnlyDictionary<string, double> seen, string name, string phase = "") =>
        Assert.Single(seen, one => one.Key.StartsWith(name + "{", StringComparison.Ordinal) &&
            one.Key.Contains("worker=\"node-1/cuda:0\"", StringComparison.Ordinal) &&
            one.Key.Contains("device=\"cpu\"", StringComparison.Ordinal) &&
            one.Key.Contains(phase, StringComparison.Ordinal)).Value;

    private static WorkerMessage Heartbeat() => new()
    {
        Heartbeat = new Heartbeat
        {
            Statistics = new WorkerStatistics
            {
                BusySeconds = 7,
                ReaderWaitSeconds = 2.5,
                BatchesInFlight = 3,
                Device = new DeviceReading { Utilization = 0.97, Watts = 412.5 },
            },
        },
    };

    private static async Task LookAsync(RunHost host, Func<RunSnapshot, bool> until)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TimeSpan.FromMinutes(1));
        while (!until(await host.Loop.SnapshotAsync(patience.Token)))
        {
            host.Time.Advance(TimeSpan.FromMilliseconds(200));
            await Task.Delay(TimeSpan.FromMilliseconds(5), patience.Token);
        }
    }

    private static async Task<(HttpStatusCode Status, string Text)> ReadyAsync(MetricsHost metrics)
    {
        using var answer = await metrics.Client.GetAsync(
            new Uri("/readyz", UriKind.Relative), TestContext.Current.CancellationToken);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    private sealed class Recorder : IRunObserver
    {
        public void Observe(RunEvent happened)
        {
            // Nobody asks
        }
    }
}
