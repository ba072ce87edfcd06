using System.Net;
using System.Net.Sockets;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Access;
using FineWebTorch.Coordinator.Limits;
using FineWebTorch.Protos.V1;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace FineWebTorch.Coordinator.Sessions;

/// <summary>The listening end of a run: gRPC over HTTP/2, with TLS 1.3 where there is a certificate.</summary>
internal sealed class CoordinatorServer : IAsyncDisposable
{
    private const string Option = "--listen";

    private static readonly TimeSpan HealthInterval = TimeSpan.FromSeconds(5);

    private readonly WebApplication _application;

    private CoordinatorServer(WebApplication application) => _application = application;

    /// <summary>Where it listens, with the port that the system chose where 0 was asked for.</summary>
    public Uri Address => _application.Address();

    /// <param name="guard">What one peer may take of it.</param>
    /// <param name="certificate">Null: nothing is encrypted.</param>
    /// <param name="log">Gets the web server's warnings.</param>
    /// <param name="health">What is told to who asks whether this server is well; null: nobody is answered.</param>
    /// <exception cref="UserErrorException">The address cannot be listened on.</exception>
    public static async Task<CoordinatorServer> StartAsync(
        IPEndPoint listen, CoordinationService service, PeerGuard guard, ServerCertificate? certificate = null,
        ILoggerProvider? log = null, IHealthCheck? health = null)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            guard.Configure(kestrel);
            kestrel.Listen(listen, options => Open(options, guard, certificate));
        });
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(3));
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.Services.AddRouting();
        guard.AddTo(builder.Services);
        if (log is not null)
            builder.Logging.SetMinimumLevel(LogLevel.Warning).AddProvider(log);
        builder.Services.AddSingleton(service);
        if (health is not null)
            Watch(builder.Services, health);
        var application = builder.Build();
        guard.Stand(application);
        application.MapGrpcService<CoordinationService>();
        if (health is not null)
            application.MapGrpcHealthChecksService();
        application.AnswerOtherThanGrpc();
        await application.StartAtAsync(Option, listen);
        return new CoordinatorServer(application);
    }

    /// <summary>
    /// What <see cref="StartAsync(IPEndPoint, CoordinationService, PeerGuard, ServerCertificate, ILoggerProvider, IHealthCheck)"/>
    /// would refuse now.
    /// </summary>
    /// <exception cref="UserErrorException">The address cannot be listened on.</exception>
    public static void DemandFree(IPEndPoint listen)
    {
        try
        {
            using var listener = new TcpListener(listen);
            listener.Start();
        }
        catch (SocketException exception)
        {
            throw exception.SocketErrorCode == SocketError.AddressAlreadyInUse
                ? Listening.InUse(Option, listen, exception)
                : new UserErrorException($"{Option} {listen}: {exception.Message}", inner: exception);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _application.StopAsync();
        await _application.DisposeAsync();
    }

    private static void Open(ListenOptions options, PeerGuard guard, ServerCertificate? certificate)
    {
        guard.Stand(options);
        options.Protocols = HttpProtocols.Http2;
        options.RefuseUnlike(encrypts: certificate is not null);
        if (certificate is null)
            return;
        // The guard ends those that are slow, by its own clock; Kestrel takes no "never".
        options.UseHttps(certificate.Handshakes(TimeSpan.FromHours(1)));
        options.RefuseOtherThanHttp2();
    }

    /// <summary>As grpc.health.v1 tells it, of the server and of the one service that it has.</summary>
    private static void Watch(IServiceCollection services, IHealthCheck health)
    {
        services.AddGrpcHealthChecks(options => options.Services.Map(Coordination.Descriptor.FullName, _ => true))
            .AddCheck("run", health);
        services.Configure<HealthCheckPublisherOptions>(publisher =>
            (publisher.Delay, publisher.Period) = (TimeSpan.Zero, HealthInterval));
    }
}
