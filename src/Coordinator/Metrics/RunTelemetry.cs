using System.Net;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace FineWebTorch.Coordinator.Metrics;

/// <summary>What a coordinator tells to those who watch it by programs: metrics, traces and whether it is well.</summary>
internal sealed class RunTelemetry : IDisposable
{
    /// <summary>In the run's folder.</summary>
    public const string TokenFile = "metrics.token";

    private const string Service = "fineweb-coordinator";
    private const string TokenPrefix = "fwm1_";

    private readonly SnapshotInstruments _instruments;
    private readonly WorkerSeries _workers;
    private readonly TelemetryExport _export;
    private readonly string _runFolder;

    /// <param name="loop">Somebody has to look at the run once a second.</param>
    /// <param name="runFolder">Locked by this process.</param>
    /// <param name="scraped">Whether <see cref="Map"/> will be called.</param>
    public RunTelemetry(RunLoop loop, RunHealth health, string runFolder, bool scraped, TimeProvider time)
    {
        (Health, _runFolder) = (health, runFolder);
        _instruments = new SnapshotInstruments(() => loop.Latest, () => loop.QueuedBytes);
        _workers = new WorkerSeries(() => loop.Latest, time);
        _export = TelemetryExport.Start(Service, scraped, _instruments.Meter, _workers.Meter);
    }

    public RunHealth Health { get; }

    /// <summary>Adds /metrics, which elsewhere than on this machine asks for a token, /healthz and /readyz.</summary>
    /// <param name="listen">Where they are served.</param>
    /// <param name="open">Marks those that ask for no more than that.</param>
    public void Map(IEndpointRouteBuilder endpoints, IPAddress listen, params object[] open)
    {
        _export.MapMetrics(endpoints, MetricsAccess.At(listen, Token)).WithMetadata(open);
        endpoints.MapGet("/healthz", context => context.Response.WriteAsync("ok\n")).WithMetadata(open);
        endpoints.MapGet("/readyz", AnswerReadyAsync).WithMetadata(open);
    }

    public void Dispose()
    {
        _export.Dispose();
        _instruments.Dispose();
        _workers.Dispose();
    }

    private Task AnswerReadyAsync(HttpContext context)
    {
        var faults = Health.Faults;
        context.Response.StatusCode =
            faults.Count == 0 ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        return context.Response.WriteAsync(
            faults.Count == 0 ? "ready\n" : string.Concat(faults.Select(fault => fault + "\n")));
    }

    /// <summary>In the run's folder, for Prometheus to read; the same over starts.</summary>
    private Secret Token() => new(PrivateFile.ReadOrMake(
        Path.Combine(_runFolder, TokenFile),
        text => text.StartsWith(TokenPrefix, StringComparison.Ordinal),
        () => Secret.Draw(TokenPrefix).Reveal()));
}
