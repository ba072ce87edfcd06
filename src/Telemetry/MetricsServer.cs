using System.Net;
using System.Net.Sockets;
using FineWebTorch.Common;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace FineWebTorch.Telemetry;

/// <summary>Serves a program's metrics alone, and whether it lives, over HTTP/1.1.</summary>
public sealed class MetricsServer : IAsyncDisposable
{
    private const int MostConnections = 64;
    private const int MostOfRequest = 16 << 10;

    private readonly WebApplication _application;

    private MetricsServer(WebApplication application) => _application = application;

    /// <summary>With the port that the system chose where 0 was asked for.</summary>
    public Uri Address => new(_application.Services.GetRequiredService<IServer>()
        .Features.Get<IServerAddressesFeature>()!.Addresses.First());

    /// <exception cref="UserErrorException">The address cannot be listened on.</exception>
    public static async Task<MetricsServer> StartAsync(
        IPEndPoint listen, TelemetryExport export, MetricsAccess access)
    {
        ArgumentNullException.ThrowIfNull(export);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxConcurrentConnections = MostConnections;
            kestrel.Limits.MaxRequestHeadersTotalSize = MostOfRequest;
            kestrel.Limits.MaxRequestBodySize = MostOfRequest;
            kestrel.Listen(listen);
        });
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(1));
        builder.Services.AddSingleton<IHostLifetime, SilentLifetime>();
        builder.Services.AddRouting();
        var application = builder.Build();
        export.MapMetrics(application, access);
        application.MapGet("/healthz", context => context.Response.WriteAsync("ok\n"));
        try
        {
            await application.StartAsync();
        }
        catch (Exception exception) when (exception is IOException or SocketException)
        {
            await application.DisposeAsync();
            throw new UserErrorException($"--metrics {listen}: {exception.Message}", inner: exception);
        }

        return new MetricsServer(application);
    }

    public async ValueTask DisposeAsync()
    {
        await _application.StopAsync();
        await _application.DisposeAsync();
    }

    /// <summary>Signals are the program's.</summary>
    private sealed class SilentLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
