using System.Net.Sockets;
using Grpc.Core;
using Grpc.Core.Wire;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Grpc.AspNetCore.Server.Internal;

/// <summary>A call as the HTTP/2 request that carries it.</summary>
internal sealed class HttpServerCallContext : ServerCallContext, IDisposable
{
    private readonly CallSettings _settings;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _cancellation;
    private readonly ServerResponse _response;
    private readonly ServerDeadline? _deadline;
    private Metadata? _requestHeaders;

    public HttpServerCallContext(HttpContext http, CallSettings settings, ILogger logger)
    {
        HttpContext = http;
        _settings = settings;
        _logger = logger;
        _cancellation = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted);
        _response = new ServerResponse(http, settings);
        string? timeout = http.Request.Headers[ProtocolHeaders.Timeout];
        if (GrpcTimeout.TryDecode(timeout, out var duration))
            _deadline = new ServerDeadline(duration, _response, _cancellation, logger);
        else if (timeout is not null)
            ServerLog.InvalidTimeoutIgnored(logger, timeout);
    }

    public HttpContext HttpContext { get; }

    protected override string MethodCore => HttpContext.Request.Path.Value!;

    protected override string HostCore => HttpContext.Request.Host.Value!;

    protected override string PeerCore
    {
        get
        {
            var connection = HttpContext.Connection;
            return connection.RemoteIpAddress switch
            {
                null => "unknown",
                { AddressFamily: AddressFamily.InterNetwork } address => $"ipv4:{address}:{connection.RemotePort}",
                { AddressFamily: AddressFamily.InterNetworkV6 } address => $"ipv6:[{address}]:{connection.RemotePort}",
                var address => $"unknown:{address}:{connection.RemotePort}",
            };
        }
    }

    protected override DateTime DeadlineCore => _deadline?.Time ?? DateTime.MaxValue;

    protected override Metadata RequestHeadersCore => _requestHeaders ??= ReadHeaders(HttpContext.Request.Headers);

    protected override CancellationToken CancellationTokenCore => _cancellation.Token;

    protected override Metadata ResponseTrailersCore { get; } = [];

    protected override Status StatusCore { get; set; } = Status.DefaultSuccess;

    protected override WriteOptions? WriteOptionsCore { get; set; }

    protected override AuthContext AuthContextCore => PeerIdentity.Of(HttpContext.Connection.ClientCertificate);

    protected override IDictionary<object, object> UserStateCore => HttpContext.Items!;

    public MessageReader<T> CreateReader<T>(Marshaller<T> marshaller)
        where T : class => new(
            HttpContext.Request.BodyReader,
            marshaller.ContextualDeserializer,
            _settings.Encodings,
            HttpContext.Request.Headers[ProtocolHeaders.Encoding],
            _settings.MaxReceiveMessageSize);

    public async Task<T> ReadSingleAsync<T>(Marshaller<T> marshaller)
        where T : class =>
        await CreateReader(marshaller).ReadSingleAsync(CancellationToken).ConfigureAwait(false)
        ?? throw WireErrors.IncompleteMessage();

    public Task WriteAsync<T>(Marshaller<T> marshaller, T message, CancellationToken cancellationToken)
        where T : class
    {
        var flags = WriteOptions?.Flags ?? default;
        return WriteAsync(marshaller, message, flags, flush: !flags.HasFlag(WriteFlags.BufferHint), cancellationToken);
    }

    /// <summary>Writes the only response; it is flushed with the status that follows.</summary>
    public Task WriteSingleAsync<T>(Marshaller<T> marshaller, T? response)
        where T : class
    {
        if (response is null)
            throw new RpcException(new Status(StatusCode.Cancelled, "No message returned from method."));
        return WriteAsync(marshaller, response, WriteOptions?.Flags ?? default, flush: false, CancellationToken);
    }

    /// <summary>The client has gone, as a failed read has shown: nobody needs to wait for Kestrel to say so.</summary>
    public void CancelAfterLostRequest() => _cancellation.Cancel();

    /// <summary>Takes the status from what a handler threw.</summary>
    public void Fail(Exception exception)
    {
        if (exception is RpcException rpc)
        {
            ServerLog.HandlerStatus(_logger, rpc.StatusCode, rpc.Status.Detail, rpc.Status.DebugException);
            foreach (var entry in rpc.Trailers) ResponseTrailers.Add(entry);
            Status = rpc.Status;
            return;
        }

        if (exception is OperationCanceledException or IOException && CancellationToken.IsCancellationRequested)
            ServerLog.HandlerCancelled(_logger, Method, exception);
        else
            ServerLog.HandlerFailed(_logger, Method, exception);
        var detail = "Exception was thrown by handler.";
        if (_settings.DetailedErrors) detail += $" {exception.GetType().Name}: {exception.Message}";
        Status = new Status(StatusCode.Unknown, detail, exception);
    }

    /// <summary>Ends the response with the status, unless the deadline has ended it.</summary>
    public async Task FinishAsync()
    {
        if (_deadline is not null && await _deadline.StopAsync().ConfigureAwait(false)) return;
        await _response.FinishAsync(Status, ResponseTrailers).ConfigureAwait(false);
    }

    public void Dispose()
    {
        _deadline?.Dispose();
        _cancellation.Dispose();
        _response.Dispose();
    }

    protected override Task WriteResponseHeadersAsyncCore(Metadata responseHeaders)
    {
        ArgumentNullException.ThrowIfNull(responseHeaders);
        return _response.SendHeadersAsync(responseHeaders, CancellationToken);
    }

    protected override ContextPropagationToken CreatePropagationTokenCore(ContextPropagationOptions? options) =>
        throw new NotImplementedException("Propagation tokens are not implemented.");

    private static Metadata ReadHeaders(IHeaderDictionary headers)
    {
        var metadata = new Metadata();
        foreach (var (name, values) in headers)
        {
            foreach (var value in values) metadata.AddHeader(name, value ?? "");
        }

        return metadata;
    }

    private async Task WriteAsync<T>(
        Marshaller<T> marshaller, T message, WriteFlags flags, bool flush, CancellationToken cancellationToken)
        where T : class
    {
        using var frame = MessageFrame.Of(message, marshaller.ContextualSerializer, _settings.MaxSendMessageSize);
        await _response.WriteAsync(frame, flags, flush, cancellationToken).ConfigureAwait(false);
    }
}
