using System.Diagnostics.Metrics;
using FineWebTorch.Common;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace FineWebTorch.Telemetry;

/// <summary>
/// Hands on what a program counts and times of itself: to Prometheus, which asks for it, and by OTLP where the standard
/// variables (OTEL_EXPORTER_OTLP_ENDPOINT and its like) name a receiver.
/// </summary>
public sealed class TelemetryExport : IDisposable
{
    private readonly MeterProvider? _metrics;
    private readonly TracerProvider? _traces;
    private readonly bool _isScraped;

    private TelemetryExport(MeterProvider? metrics, TracerProvider? traces, bool isScraped) =>
        (_metrics, _traces, _isScraped) = (metrics, traces, isScraped);

    /// <param name="service">The program, as collectors know it, unless OTEL_SERVICE_NAME says otherwise.</param>
    /// <param name="scraped">Whether <see cref="MapMetrics"/> will be called.</param>
    /// <param name="meters">Of one run or worker, beside the process's own.</param>
    public static TelemetryExport Start(string service, bool scraped, params IReadOnlyList<RunMeter> meters)
    {
        var resource = ResourceBuilder.CreateEmpty().AddTelemetrySdk()
            .AddService(service, serviceVersion: ProgramVersion.Current).AddEnvironmentVariableDetector();
        var sendsMetrics = OtlpVariables.Wants("METRICS");
        return new TelemetryExport(
            scraped || sendsMetrics ? Metrics(resource, scraped, sendsMetrics, meters) : null,
            OtlpVariables.Wants("TRACES") ? Traces(resource) : null,
            scraped);
    }

    /// <summary>Answers Prometheus at /metrics.</summary>
    public IEndpointConventionBuilder MapMetrics(IEndpointRouteBuilder endpoints, MetricsAccess access)
    {
        ArgumentNullException.ThrowIfNull(access);
        return endpoints.MapPrometheusScrapingEndpoint(
            "/metrics", _isScraped ? _metrics : throw new InvalidOperationException("nothing is kept for Prometheus"),
            branch => branch.Use(access.PassAsync), optionsName: null);
    }

    /// <summary>Sends what is left, for a few seconds at most.</summary>
    public void Dispose()
    {
        const int Patience = 3000; // ms
        _traces?.Shutdown(Patience);
        _traces?.Dispose();
        _metrics?.Shutdown(Patience);
        _metrics?.Dispose();
    }

    private static MeterProvider Metrics(
        ResourceBuilder resource, bool scraped, bool sent, IReadOnlyList<RunMeter> meters)
    {
        var builder = Sdk.CreateMeterProviderBuilder().SetResourceBuilder(resource).AddMeter(Instrumentation.Name)
            .AddView(instrument => ViewOf(instrument, meters));
        if (scraped)
            // Two who ask get two answers: it costs less than to explain an old one.
            builder.AddPrometheusExporter(options => options.ScrapeResponseCacheDurationMilliseconds = 0);
        if (sent)
            builder.AddOtlpExporter();
        return builder.Build();
    }

    /// <summary>Another run in the same process has a meter of the same name.</summary>
    private static MetricStreamConfiguration? ViewOf(Instrument instrument, IReadOnlyList<RunMeter> meters) =>
        instrument.Meter == Instrumentation.Meter ? null
        : meters.FirstOrDefault(one => one.Owns(instrument.Meter)) is { } meter
            ? new MetricStreamConfiguration { CardinalityLimit = meter.MostSeries(instrument.Name) }
            : MetricStreamConfiguration.Drop;

    private static TracerProvider Traces(ResourceBuilder resource) => Sdk.CreateTracerProviderBuilder()
        .SetResourceBuilder(resource).AddSource(Instrumentation.Name).AddOtlpExporter().Build();
}

/// <summary>Instruments of one run, or of one worker.</summary>
/// <param name="Owns">Whether a meter, of the name that <see cref="Instrumentation"/> has, is its.</param>
/// <param name="MostSeries">
/// Of the instrument of this name. They take memory whether there are so many or not; what is beyond them is summed up.
/// </param>
public sealed record RunMeter(Func<Meter, bool> Owns, Func<string, int> MostSeries);

/// <summary>What the standard variables of OpenTelemetry ask for. Without an address nothing is sent.</summary>
internal static class OtlpVariables
{
    /// <param name="signal">METRICS or TRACES.</param>
    public static bool Wants(string signal) =>
        !string.Equals(Value("OTEL_SDK_DISABLED"), "true", StringComparison.OrdinalIgnoreCase) &&
        Value($"OTEL_{signal}_EXPORTER") is null or "otlp" &&
        (Value("OTEL_EXPORTER_OTLP_ENDPOINT") ?? Value($"OTEL_EXPORTER_OTLP_{signal}_ENDPOINT")) is not null;

    private static string? Value(string name) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}
