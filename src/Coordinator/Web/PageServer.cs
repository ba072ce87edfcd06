using System.Net;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Access;
using FineWebTorch.Coordinator.Limits;
using FineWebTorch.Coordinator.Metrics;
using FineWebTorch.Coordinator.Sessions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace FineWebTorch.Coordinator.Web;

/// <summary>Serves browsers, on an address of its own: HTTP/1.1 on loopback, with TLS HTTP/2 as well elsewhere.</summary>
internal sealed class PageServer : IAsyncDisposable
{
    private const int MostConnections = 256;
    private const int MostOfHeaders = 16 << 10;
    private const int MostOfBody = 16 << 10;

    private static readonly TimeSpan HeaderTime = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan IdleTime = TimeSpan.FromMinutes(1);

    private readonly WebApplication _application;
    private readonly WatchAccess _access;
    private readonly SnapshotFeed _feed;

    private PageServer(WebApplication application, WatchAccess access, SnapshotFeed feed) =>
        (_application, _access, _feed) = (application, access, feed);

    /// <summary>Where it listens.</summary>
    public Uri Address => _application.Address();

    /// <param name="certificate">Null: nothing is encrypted.</param>
    /// <exception cref="UserErrorException">The address cannot be listened on.</exception>
    public static async Task<PageServer> StartAsync(
        IPEndPoint listen, ServerCertificate? certificate, PageParts parts)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            Limit(kestrel);
            kestrel.Listen(listen, options =>
            {
                options.Protocols = certificate is null ? HttpProtocols.Http1 : HttpProtocols.Http1AndHttp2;
                if (certificate is not null)
                    options.UseHttps(certificate.Handshakes(HeaderTime));
            });
        });
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(1));
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.Services.AddRouting();
        var application = builder.Build();
        var server = new PageServer(application, parts.Access, parts.Feed);
        Map(application, listen, parts, new Lazy<PageGate>(() => new PageGate(
            parts.Access, $"fineweb-{server.Address.Port}", IPAddress.IsLoopback(listen.Address), certificate is not null,
            parts.Wrong, parts.Advice)));
        await application.StartAtAsync("--web", listen);
        return server;
    }

    /// <summary>A link that lets one browser in.</summary>
    public Secret Invite() => new($"{ListenAddress.ForOthers(Address)}enter?code={_access.NewCode().Reveal()}");

    /// <inheritdoc cref="SnapshotFeed.EndAsync"/>
    public Task EndAsync(string state, string? reason) => _feed.EndAsync(state, reason);

    public async ValueTask DisposeAsync()
    {
        await _feed.EndAsync("stopped", reason: null);
        await _application.StopAsync();
        await _application.DisposeAsync();
        await _feed.DisposeAsync();
    }

    private static void Limit(KestrelServerOptions kestrel)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxConcurrentConnections = MostConnections;
        kestrel.Limits.MaxRequestHeadersTotalSize = MostOfHeaders;
        kestrel.Limits.Http2.MaxRequestHeaderFieldSize = MostOfHeaders;
        kestrel.Limits.MaxRequestBodySize = MostOfBody;
        kestrel.Limits.RequestHeadersTimeout = HeaderTime;
        kestrel.Limits.KeepAliveTimeout = IdleTime;
    }

    private static void Map(
        WebApplication application, IPEndPoint listen, PageParts parts, Lazy<PageGate> gate)
    {
        application.UseRouting();
        application.Use((context, next) => gate.Value.PassAsync(context, next));
        foreach (var path in PageFiles.Embedded.Paths)
            application.MapGet(path, context => PageFiles.Embedded.SendAsync(context, path))
                .WithMetadata(NoCookieNeeded.Mark);
        application.MapGet("/", context => PageFiles.Embedded.SendAsync(context, "/"));
        application.MapGet("/enter", context => gate.Value.EnterAsync(context)).WithMetadata(NoCookieNeeded.Mark);
        parts.Telemetry?.Map(application, listen.Address, NoCookieNeeded.Mark);
        parts.Api.Map(application, request => parts.Access.TokenOf(gate.Value.CookieOf(request)!));
        application.MapFallback(context =>
            PageJson.RefuseAsync(context, StatusCodes.Status404NotFound, "there is nothing here"));
    }
}

/// <summary>What a page's server is made of.</summary>
/// <param name="Wrong">Holds back who tries codes.</param>
/// <param name="Advice">How to be let in.</param>
internal sealed record PageParts(WatchAccess Access, SnapshotFeed Feed, PageApi Api, WrongTokens Wrong, string Advice)
{
    /// <summary>For programs that watch: they have no cookies, and an access of their own; null for none.</summary>
    public RunTelemetry? Telemetry { get; init; }
}
