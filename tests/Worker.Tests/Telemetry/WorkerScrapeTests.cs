using System.Net;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using FineWebTorch.Common;
using FineWebTorch.Hub;
using FineWebTorch.Protos.V1;
using FineWebTorch.Worker.Pipeline;
using FineWebTorch.Worker.Telemetry;
using FineWebTorch.Worker.Tests.Fakes;

namespace FineWebTorch.Worker.Tests.Telemetry;

public sealed class WorkerScrapeTests : IDisposable
{
    private readonly ManualTime _time = new();
    private readonly PipelineStatistics _statistics = new();
    private readonly DeviceSampler _sampler;

    public WorkerScrapeTests() => _sampler = new DeviceSampler(new HotGpu(), _time);

    public void Dispose() => _sampler.Dispose();

    [Fact]
    public async Task Scrape_HasWhatHeartbeatsTell()
    {
        await using var telemetry = await StartAsync(token: null);
        _statistics.Add(new PipelineTotals { Documents = 21, Tokens = 4000, Batches = 2, Busy = TimeSpan.FromSeconds(7) });
        _time.Advance(TimeSpan.FromSeconds(1));
        using (var task = new ScoreTask { WindowRows = 8, TokenBudget = 20, Open = _ => throw new NotSupportedException() })
            PipelineInstruments.Computed(task, TimeSpan.FromMilliseconds(30), 0, default);

        var (status, text) = await GetAsync(telemetry, "metrics");

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Contains("\nfineweb_documents_total{", text, StringComparison.Ordinal);
        Assert.Matches("(?m)^fineweb_documents_total[^ ]* 21$", text);
        Assert.Matches("(?m)^fineweb_device_time_seconds_total[^ ]*phase=\"busy\"[^ ]* 7$", text);
        Assert.Matches("(?m)^fineweb_device_temperature_celsius[^ ]* 88$", text);
        Assert.DoesNotContain("fineweb_device_power", text, StringComparison.Ordinal);
        Assert.Matches("(?m)^fineweb_batch_seconds_bucket[^ ]*le=\"0.05\"[^ ]* [1-9]", text);
        Assert.Equal((HttpStatusCode.OK, "ok\n"), await GetAsync(telemetry, "healthz"));
    }

    [Fact]
    public async Task Scrape_WhereATokenIsAskedFor_NeedsIt()
    {
        await using var telemetry = await StartAsync(new Secret("0123456789abcdef"));

        Assert.Equal(HttpStatusCode.Unauthorized, (await GetAsync(telemetry, "metrics")).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await GetAsync(telemetry, "metrics", "0123456789abcdee")).Status);
        Assert.Equal(HttpStatusCode.OK, (await GetAsync(telemetry, "metrics", "0123456789abcdef")).Status);
    }

    [Fact]
    public async Task Start_OnAPortThatIsTaken_NamesTheOption()
    {
        await using var first = await StartAsync(token: null);

        var refused = await Assert.ThrowsAsync<UserErrorException>(() => WorkerTelemetry.StartAsync(
            new IPEndPoint(IPAddress.Loopback, first.Address!.Port), token: null, _statistics, _sampler));

        Assert.StartsWith($"--metrics 127.0.0.1:{first.Address!.Port}: ", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Instruments_AreThoseOfTheDocumentation()
    {
        using var instruments = new WorkerInstruments(_statistics, _sampler);
        RuntimeHelpers.RunClassConstructor(typeof(PipelineInstruments).TypeHandle);
        RuntimeHelpers.RunClassConstructor(
            typeof(HubTransport).Assembly.GetType("FineWebTorch.Hub.HubInstruments", throwOnError: true)!.TypeHandle);

        Assert.Equal(DocumentedMetrics.Of("worker"), DocumentedMetrics.Existing(Instrumentation.Name));
    }

    private Task<WorkerTelemetry> StartAsync(Secret? token) =>
        WorkerTelemetry.StartAsync(new IPEndPoint(IPAddress.Loopback, 0), token, _statistics, _sampler);

    private static async Task<(HttpStatusCode Status, string Text)> GetAsync(
        WorkerTelemetry telemetry, string path, string? token = null)
    {
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(telemetry.Address!, path));
        request.Headers.Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token);
        using var answer = await client.SendAsync(request, TestContext.Current.CancellationToken);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    private sealed class HotGpu : IDeviceGauge
    {
        public DeviceReading Read() => new() { Utilization = 1, Celsius = 88 };

        public void Dispose()
        {
            // Nothing is held
        }
    }
}
