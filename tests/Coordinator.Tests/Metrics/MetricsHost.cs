using System.Net;
using FineWebTorch.Coordinator.Metrics;
using FineWebTorch.Coordinator.Running;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;

namespace FineWebTorch.Coordinator.Tests.Metrics;

/// <summary>A listener with what <see cref="RunTelemetry"/> adds to it, and nothing else.</summary>
internal sealed class MetricsHost : IAsyncDisposable
{
    private readonly WebApplication _application;
    private readonly RunTelemetry _telemetry;

    private MetricsHost(WebApplication application, RunTelemetry telemetry)
    {
        (_application, _telemetry) = (application, telemetry);
        var address = application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!;
        Client = new HttpClient { BaseAddress = new Uri(address.Addresses.First()) };
    }

    public HttpClient Client { get; }

    /// <param name="shownAs">The address that access is decided by.</param>
    public static async Task<MetricsHost> StartAsync(
        RunLoop loop, RunHealth health, string runFolder, IPAddress? shownAs = null)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        builder.Services.AddRouting();
        var application = builder.Build();
        var telemetry = new RunTelemetry(loop, health, runFolder, scraped: true, TimeProvider.System);
        telemetry.Map(application, shownAs ?? IPAddress.Loopback);
        await application.StartAsync();
        return new MetricsHost(application, telemetry);
    }

    /// <summary>Values by series, as Prometheus reads them, without the labels that are the same everywhere.</summary>
    public async Task<IReadOnlyDictionary<string, double>> ScrapeAsync() => Parse(await Client.GetStringAsync(
        new Uri("/metrics", UriKind.Relative), TestContext.Current.CancellationToken));

    public static IReadOnlyDictionary<string, double> Parse(string text) => text.Split('\n')
        .Where(line => line.StartsWith("fineweb_", StringComparison.Ordinal))
        .Select(line => line.Split(' ')).ToDictionary(
            parts => string.Join(' ', parts[..^1]).Replace("otel_scope_name=\"FineWebTorch\",", "", StringComparison.Ordinal)
                .Replace("otel_scope_version=\"0.1.0\",", "", StringComparison.Ordinal)
                .Replace("otel_scope_name=\"FineWebTorch\"", "", StringComparison.Ordinal)
                .Replace("otel_scope_version=\"0.1.0\"", "", StringComparison.Ordinal).Replace("{}", "", StringComparison.Ordinal),
            parts => double.Parse(parts[^1], System.Globalization.CultureInfo.InvariantCulture));

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _application.DisposeAsync();
        _telemetry.Dispose();
    }
}
