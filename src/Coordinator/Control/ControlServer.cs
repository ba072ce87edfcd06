using System.Text.Json;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Limits;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Coordinator.Sessions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace FineWebTorch.Coordinator.Control;

/// <summary>
/// Takes a person's commands for a live run: HTTP/1.1 over a unix socket. <c>POST /v1/PATH?name=PATTERN</c> for the
/// paths of <see cref="ControlRequest.ByPath"/> is answered with a <see cref="ControlAnswer"/>, 409 where it refuses;
/// <c>GET /v1/run</c> with a <see cref="RunSnapshot"/>, <c>POST /v1/page</c> with a link to its page, which is secret.
/// </summary>
internal sealed class ControlServer : IAsyncDisposable
{
    private const string PagePath = "/v1/page";

    private readonly WebApplication _application;
    private readonly ControlSocket _socket;

    private ControlServer(WebApplication application, ControlSocket socket) =>
        (_application, _socket) = (application, socket);

    /// <summary>A run does not fail for want of commands: then it says so.</summary>
    /// <inheritdoc cref="StartAsync"/>
    public static async Task<ControlServer?> TryStartAsync(
        string runFolder, ControlDesk desk, RunLoop loop, IRunObserver observer, PeerLimits limits, Func<Secret?> invite)
    {
        try
        {
            return await StartAsync(runFolder, desk, () => loop.SnapshotAsync(), limits, invite);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            observer.Observe(new RunEvent.Warning($"this run takes no commands: {exception.Message}"));
            return null;
        }
    }

    /// <param name="runFolder">Absolute, and locked by this process.</param>
    /// <param name="invite">Makes a link that lets a browser in; null where no page is served.</param>
    /// <exception cref="IOException">No socket can be made.</exception>
    public static async Task<ControlServer> StartAsync(
        string runFolder, ControlDesk desk, Func<Task<RunSnapshot>> look, PeerLimits limits, Func<Secret?>? invite = null)
    {
        var socket = ControlSocket.Bind(runFolder);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            Limit(kestrel.Limits, limits);
            kestrel.ListenUnixSocket(socket.Path, options =>
            {
                options.Protocols = HttpProtocols.Http1;
                options.Use(OursAlone);
            });
        });
        builder.Services.Configure<SocketTransportOptions>(
            transport => transport.CreateBoundListenSocket = _ => socket.Socket);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(1));
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.Services.AddRouting();
        var application = builder.Build();
        application.MapGet("/v1/run", async context => await AnswerAsync(context, await look()));
        application.MapPost(PagePath, context => AnswerAsync(context, invite?.Invoke() is { } link
            ? new ControlAnswer([link.Reveal()])
            : ControlAnswer.Refused("no page is served of this run (--web off)")));
        foreach (var (path, request) in ControlRequest.ByPath)
            application.MapPost(
                $"/v1/{path}", async context => await AnswerAsync(context, await DoAsync(desk, request, context)));
        await application.StartAsync();
        return new ControlServer(application, socket);
    }

    public async ValueTask DisposeAsync()
    {
        await _application.StopAsync();
        await _application.DisposeAsync();
        _socket.Dispose();
    }

    private static void Limit(KestrelServerLimits kestrel, PeerLimits limits)
    {
        kestrel.MaxConcurrentConnections = limits.ControlConnections;
        kestrel.MaxRequestLineSize = limits.ControlBytes;
        kestrel.RequestHeadersTimeout = limits.ControlTime;
        kestrel.KeepAliveTimeout = limits.IdleTime;
        // A command is all in its first line.
        kestrel.MaxRequestBodySize = 0;
    }

    /// <summary>Ends connections of other users, where the file system has let them come.</summary>
    private static ConnectionDelegate OursAlone(ConnectionDelegate next) => connection =>
    {
        if (connection.Features.Get<IConnectionSocketFeature>()?.Socket is { } peer && SocketPeer.MayBeTrusted(peer))
            return next(connection);
        connection.Abort();
        return Task.CompletedTask;
    };

    private static async Task<ControlAnswer> DoAsync(
        ControlDesk desk, Func<NamePatterns, ControlRequest> request, HttpContext context)
    {
        var names = NamesIn(context.Request);
        // They are shown, and bans are kept.
        return names.Patterns.All(PlainText.IsPlain)
            ? await desk.DoAsync(request(names), context.RequestAborted)
            : ControlAnswer.Refused("a name has control characters; type ? for each of them");
    }

    private static NamePatterns NamesIn(HttpRequest request) => new([.. request.Query["name"].OfType<string>()]);

    private static async Task AnswerAsync<T>(HttpContext context, T answer)
    {
        context.Response.StatusCode = answer is ControlAnswer { Refusal: not null }
            ? StatusCodes.Status409Conflict
            : StatusCodes.Status200OK;
        context.Response.ContentType = "application/json";
        await JsonSerializer.SerializeAsync(
            context.Response.Body, answer, RunSummary.Json, context.RequestAborted);
    }
}
