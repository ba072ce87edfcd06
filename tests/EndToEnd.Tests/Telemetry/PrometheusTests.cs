using System.Globalization;
using System.Text.Json.Nodes;

namespace FineWebTorch.EndToEnd.Tests.Telemetry;

/// <summary>A real Prometheus that scrapes a real run.</summary>
public sealed class PrometheusTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private readonly RunFolder _folder = new(copies: 4);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Query_OfARunThatGoesOn_IsAnsweredWithItsFiguresAndThoseOfItsWorkers()
    {
        var prometheus = Executables.Require("prometheus");
        var (page, own, workers) = (FreePorts.Take(), FreePorts.Take(), FreePorts.Take());
        var configuration = Path.Combine(_folder.Root, "prometheus.yml");
        await File.WriteAllTextAsync(
            configuration,
            $$"""
            global: { scrape_interval: 1s, evaluation_interval: 1s }
            rule_files: [ '{{TestData.RepositoryRoot}}/deploy/prometheus/fineweb.rules.yml' ]
            scrape_configs:
              - job_name: fineweb
                static_configs: [ { targets: ['127.0.0.1:{{page}}'] } ]
              - job_name: fineweb-worker
                static_configs: [ { targets: ['127.0.0.1:{{workers}}'] } ]
            """,
            TestContext.Current.CancellationToken);
        await using var server = ProgramProcess.StartPeer(
            prometheus, $"--config.file={configuration}", $"--storage.tsdb.path={_folder.NewFolder("prometheus")}",
            $"--web.listen-address=127.0.0.1:{own}", "--log.level=warn");
        await using var coordinator = ProgramProcess.Start(
            "coordinator", _folder.Arguments("watched", "--web", $"127.0.0.1:{page}"));
        await using var worker = ProgramProcess.StartWorker(
            _folder.Braked(200), [.. await coordinator.WorkerArgumentsAsync(), "--metrics", $"127.0.0.1:{workers}"]);
        using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{own}") };

        Assert.True(await QueryAsync(client, "fineweb_documents_total{job=\"fineweb\"} > 0") > 0);
        Assert.True(await QueryAsync(client, "rate(fineweb_documents_total{job=\"fineweb\"}[10s]) > 0") > 0);
        Assert.Equal(1, await QueryAsync(client, "sum(fineweb_worker_up)"));
        Assert.InRange(await QueryAsync(client, "fineweb_device_utilization_ratio{job=\"fineweb\"}"), 0, 1);
        Assert.True(await QueryAsync(client, "fineweb_device_memory_bytes{job=\"fineweb\"}") > 1 << 20);
        Assert.True(await QueryAsync(client, "fineweb_score_count{job=\"fineweb\"} > 0") > 0);
        Assert.True(await QueryAsync(client, "fineweb_batch_seconds_count{job=\"fineweb-worker\"} > 0") > 0);
        Assert.Equal(0, await QueryAsync(client, "count(ALERTS{alertstate=\"firing\",severity=\"critical\"}) or vector(0)"));
        _folder.ReleaseBrake();
        Assert.True(await coordinator.ExitAsync() == 0, coordinator.Errors);
    }

    /// <summary>Asks again until there is an answer.</summary>
    private static async Task<double> QueryAsync(HttpClient client, string query)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(Patience);
        while (true)
        {
            try
            {
                var text = await client.GetStringAsync(
                    new Uri($"/api/v1/query?query={Uri.EscapeDataString(query)}", UriKind.Relative), patience.Token);
                if (JsonNode.Parse(text)!["data"]!["result"]!.AsArray() is [{ } first, ..])
                    return double.Parse((string)first["value"]![1]!, CultureInfo.InvariantCulture);
            }
            catch (HttpRequestException)
            {
                // It is starting.
            }

            await Task.Delay(TimeSpan.FromMilliseconds(200), patience.Token);
        }
    }
}
