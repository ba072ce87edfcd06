using FineWebTorch.Coordinator.Running;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;

namespace FineWebTorch.Coordinator.Limits;

/// <summary>All limits of one listening coordinator, and where they are put into its web server.</summary>
internal sealed class PeerGuard : IDisposable
{
    /// <summary>Connections that wait to be accepted, as when a whole fleet comes back; the system may allow fewer.
    /// </summary>
    private const int Backlog = 4_096;

    private readonly FloodLog _log;
    private readonly CallGate _calls;
    private readonly MessageGate _messages;

    public PeerGuard(PeerLimits limits, TimeProvider time, IRunObserver observer)
    {
        Limits = limits;
        _log = new FloodLog(observer, time, limits.TellInterval);
        Connections = new ConnectionGate(limits, time, _log);
        _messages = new MessageGate(limits, time, _log);
        _calls = new CallGate(limits, time);
        WrongTokens = new WrongTokens(limits, time, _log);
    }

    public PeerLimits Limits { get; }

    public ConnectionGate Connections { get; }

    public WrongTokens WrongTokens { get; }

    /// <summary>Of the whole server.</summary>
    public void Configure(KestrelServerOptions kestrel)
    {
        kestrel.AddServerHeader = false;
        var (http, http2) = (kestrel.Limits, kestrel.Limits.Http2);
        http.KeepAliveTimeout = Limits.IdleTime;
        http.RequestHeadersTimeout = Limits.HeaderTime;
        http.MaxRequestHeadersTotalSize = Limits.HeaderBytes;
        http2.MaxRequestHeaderFieldSize = Limits.HeaderBytes;
        http2.MaxStreamsPerConnection = Limits.StreamsPerConnection;
    }

    /// <summary>Of an address that is listened on, before TLS.</summary>
    public void Stand(IConnectionBuilder listen) =>
        listen.Use(next => connection => Connections.PassAsync(connection, next));

    public void AddTo(IServiceCollection services)
    {
        services.Configure<SocketTransportOptions>(transport => transport.Backlog = Backlog);
        // Made here, and disposed of here.
        services.AddSingleton(_calls);
        services.AddGrpc(grpc =>
        {
            grpc.MaxReceiveMessageSize = Limits.MessageBytes;
            grpc.Interceptors.Add<CallGate>();
        });
    }

    /// <summary>Before all that reads requests.</summary>
    public void Stand(IApplicationBuilder application) => application.Use(_messages.PassAsync);

    public void Dispose()
    {
        Connections.Dispose();
        _calls.Dispose();
        _log.Dispose();
    }
}
