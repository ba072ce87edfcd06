using System.Net;
using FineWebTorch.Grpc.Tests.Protos;
using Grpc.AspNetCore.Server;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace FineWebTorch.Grpc.Tests.Infrastructure;

/// <summary>The test service on Kestrel, on a port of its own; HTTP/2 in clear text unless told otherwise.</summary>
internal sealed class TestServer : IAsyncDisposable
{
    private readonly WebApplication _application;

    private TestServer(WebApplication application)
    {
        _application = application;
        Address = new Uri(application.Services.GetRequiredService<IServer>()
            .Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.Single());
        Channel = CreateChannel();
    }

    public Uri Address { get; }

    public GrpcChannel Channel { get; }

    public IServiceProvider Services => _application.Services;

    public Testing.TestingClient Client => new(Channel);

    public static Task<TestServer> StartAsync(Handlers handlers, Action<GrpcServiceOptions>? grpc = null) =>
        StartAsync(
            services =>
            {
                services.AddSingleton(handlers);
                services.AddGrpc(grpc ?? (_ => { }));
            },
            application => application.MapGrpcService<TestingService>());

    public static async Task<TestServer> StartAsync(
        Action<IServiceCollection> services,
        Action<WebApplication> map,
        Action<KestrelServerOptions>? kestrel = null,
        HttpProtocols protocols = HttpProtocols.Http2,
        int port = 0,
        bool https = false)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(options =>
        {
            kestrel?.Invoke(options);
            options.Listen(IPAddress.Loopback, port, listen =>
            {
                listen.Protocols = protocols;
                if (https) listen.UseHttps();
            });
        });
        services(builder.Services);
        var application = builder.Build();
        map(application);
        await application.StartAsync();
        return new TestServer(application);
    }

    public GrpcChannel CreateChannel(GrpcChannelOptions? options = null) =>
        GrpcChannel.ForAddress(Address, options ?? new GrpcChannelOptions());

    public async ValueTask DisposeAsync()
    {
        Channel.Dispose();
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        // Without patience: calls that a test left open are aborted.
        await _application.StopAsync(now.Token);
        await _application.DisposeAsync();
    }
}
