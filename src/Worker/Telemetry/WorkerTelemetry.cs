using System.Net;
using FineWebTorch.Common;
using FineWebTorch.Telemetry;
using FineWebTorch.Worker.Pipeline;

namespace FineWebTorch.Worker.Telemetry;

/// <summary>What a worker tells to those who watch it by programs: metrics and traces.</summary>
internal sealed class WorkerTelemetry : IAsyncDisposable
{
    private const string Service = "fineweb-worker";

    private readonly WorkerInstruments _instruments;
    private readonly TelemetryExport _export;
    private MetricsServer? _server;

    private WorkerTelemetry(PipelineStatistics statistics, DeviceSampler sampler, bool scraped)
    {
        _instruments = new WorkerInstruments(statistics, sampler);
        _export = TelemetryExport.Start(Service, scraped, _instruments.Meter);
    }

    /// <summary>Where /metrics is; null where it was not asked for.</summary>
    public Uri? Address => _server?.Address;

    /// <param name="listen">Null: nobody is to ask for metrics.</param>
    /// <param name="token">Which who asks has to bring; null for everyone.</param>
    /// <exception cref="UserErrorException">The address cannot be listened on.</exception>
    public static async Task<WorkerTelemetry> StartAsync(
        IPEndPoint? listen, Secret? token, PipelineStatistics statistics, DeviceSampler sampler)
    {
        var telemetry = new WorkerTelemetry(statistics, sampler, scraped: listen is not null);
        try
        {
            if (listen is not null)
                telemetry._server = await MetricsServer.StartAsync(listen, telemetry._export, new MetricsAccess(token));
            return telemetry;
        }
        catch (UserErrorException)
        {
            await telemetry.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
        _export.Dispose();
        _instruments.Dispose();
    }
}
