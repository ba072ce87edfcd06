using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace FineWebTorch.HubEmulator;

/// <summary>
/// A Hugging Face Hub in this process, faithful enough for the official clients: the Hub on one loopback port, its
/// storage on another under another host name. A test tool; it listens on loopback alone.
/// </summary>
public sealed class HubEmulatorServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly EmulatorState _state;

    private HubEmulatorServer(WebApplication app, EmulatorState state)
    {
        _app = app;
        _state = state;
    }

    /// <summary>What to set <c>HF_ENDPOINT</c> to.</summary>
    public Uri Url => new(_state.HubUrl);

    public Uri DataUrl => new(_state.DataUrl);

    public RepositoryStore Store => _state.Store;

    public FaultPlan Faults => _state.Faults;

    public RequestLog Log => _state.Log;

    public SignedUrls Signatures => _state.Signatures;

    /// <exception cref="ArgumentException">An address off loopback was asked for.</exception>
    public static async Task<HubEmulatorServer> StartAsync(
        EmulatorOptions options, CancellationToken cancellationToken = default)
    {
        await LoopbackOnly.DemandAsync(options).ConfigureAwait(false);
        Directory.CreateDirectory(options.Root);
        var state = new EmulatorState(options);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => Listen(kestrel, options));
        var app = builder.Build();
        app.Run(new RequestHandler(state).HandleAsync);
        await app.StartAsync(cancellationToken).ConfigureAwait(false);
        var addresses = app.Services.GetRequiredService<IServer>()
            .Features.Get<IServerAddressesFeature>()!.Addresses.ToList();
        var host = options.Address.Equals(IPAddress.Loopback) ? "127.0.0.1" : $"[{options.Address}]";
        state.HubUrl = $"http://{host}:{new Uri(addresses[0]).Port}";
        state.DataUrl = $"http://{options.DataHost}:{new Uri(addresses[1]).Port}";
        return new HubEmulatorServer(app, state);
    }

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        await _app.StopAsync(now.Token).ConfigureAwait(false);
        await _app.DisposeAsync().ConfigureAwait(false);
    }

    private static void Listen(KestrelServerOptions kestrel, EmulatorOptions options)
    {
        // Shards are gigabytes, and some faults are very slow.
        kestrel.Limits.MaxRequestBodySize = null;
        kestrel.Limits.MinRequestBodyDataRate = null;
        kestrel.Limits.MinResponseDataRate = null;
        kestrel.Listen(options.Address, options.Port);
        kestrel.Listen(options.Address, 0, listen => listen.Use(next => connection =>
        {
            connection.Items[RequestHandler.DataMark] = true;
            return next(connection);
        }));
    }
}

/// <summary>Keeps the emulator, which has no protection worth the name, off every network.</summary>
internal static class LoopbackOnly
{
    public static async Task DemandAsync(EmulatorOptions options)
    {
        if (!IPAddress.IsLoopback(options.Address))
            throw new ArgumentException(
                $"the emulator listens on loopback only, not on {options.Address}", nameof(options));
        var addresses = await Dns.GetHostAddressesAsync(options.DataHost).ConfigureAwait(false);
        if (!addresses.All(IPAddress.IsLoopback))
            throw new ArgumentException($"{options.DataHost} is not this machine's loopback", nameof(options));
    }
}
