using Grpc.Core;
using Grpc.Core.Wire;
using Grpc.Net.Client.Internal;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Grpc.Net.Client;

/// <summary>
/// The way to one server, over as many HTTP/2 connections as its calls need. Thread-safe; made to be shared.
/// Disposing it gives up the calls that are still going on.
/// </summary>
public sealed class GrpcChannel : ChannelBase, IDisposable
{
    private readonly HttpMessageInvoker _invoker;
    private readonly bool _ownsInvoker;
    private readonly ChannelConnection? _connection;
    private readonly ActiveCalls _calls = new();

    private GrpcChannel(Uri address, GrpcChannelOptions options)
        : base(address.Authority)
    {
        if (options.HttpClient is not null && options.HttpHandler is not null)
        {
            throw new ArgumentException(
                "HttpClient and HttpHandler have been configured: only one of them can be.", nameof(options));
        }

        Address = address;
        Encodings = new Encodings(options.CompressionProviders ?? Encodings.DefaultProviders());
        MaxSendMessageSize = options.MaxSendMessageSize;
        MaxReceiveMessageSize = options.MaxReceiveMessageSize;
        ThrowsOperationCanceled = options.ThrowOperationCanceledOnCancellation;
        Logger = (options.LoggerFactory ?? NullLoggerFactory.Instance).CreateLogger("Grpc.Net.Client.GrpcChannel");
        var handler = options.HttpHandler ?? new SocketsHttpHandler { EnableMultipleHttp2Connections = true };
        _connection = options.HttpClient is null ? ChannelConnection.TryAttach(handler, address) : null;
        _ownsInvoker = options.DisposeHttpClient || (options.HttpClient ?? (object?)options.HttpHandler) is null;
        _invoker = options.HttpClient ?? new HttpMessageInvoker(handler, disposeHandler: _ownsInvoker);
    }

    /// <summary>Whether there is a connection, as far as this channel has noticed.</summary>
    /// <exception cref="InvalidOperationException">The handler is not one whose connections can be watched.</exception>
    public ConnectivityState State => RequireConnection().State;

    internal Uri Address { get; }

    internal Encodings Encodings { get; }

    internal int? MaxSendMessageSize { get; }

    internal int? MaxReceiveMessageSize { get; }

    internal bool ThrowsOperationCanceled { get; }

    internal ILogger Logger { get; }

    internal TimeProvider Clock { get; } = TimeProvider.System;

    public static GrpcChannel ForAddress(string address) => ForAddress(address, new GrpcChannelOptions());

    public static GrpcChannel ForAddress(string address, GrpcChannelOptions channelOptions) =>
        ForAddress(new Uri(address), channelOptions);

    public static GrpcChannel ForAddress(Uri address) => ForAddress(address, new GrpcChannelOptions());

    /// <param name="address">Scheme http (HTTP/2 in clear text) or https, host and port.</param>
    /// <param name="channelOptions">Read once.</param>
    public static GrpcChannel ForAddress(Uri address, GrpcChannelOptions channelOptions)
    {
        ArgumentNullException.ThrowIfNull(address);
        ArgumentNullException.ThrowIfNull(channelOptions);
        if (address.Scheme != Uri.UriSchemeHttp && address.Scheme != Uri.UriSchemeHttps)
            throw new ArgumentException($"The address '{address}' is neither http:// nor https://.", nameof(address));
        return new GrpcChannel(address, channelOptions);
    }

    public override CallInvoker CreateCallInvoker()
    {
        ObjectDisposedException.ThrowIf(_calls.Closed, this);
        return new HttpCallInvoker(this);
    }

    /// <summary>Completes when a connection stands; keeps trying, with growing pauses, until then.</summary>
    /// <exception cref="InvalidOperationException">The handler is not one whose connections can be watched.</exception>
    public Task ConnectAsync(CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_calls.Closed, this);
        return RequireConnection().ConnectAsync(cancellationToken);
    }

    /// <summary>Completes when <see cref="State"/> is no longer <paramref name="lastObservedState"/>.</summary>
    /// <exception cref="InvalidOperationException">The handler is not one whose connections can be watched.</exception>
    public Task WaitForStateChangedAsync(
        ConnectivityState lastObservedState, CancellationToken cancellationToken = default) =>
        RequireConnection().WaitForStateChangedAsync(lastObservedState, cancellationToken);

    public void Dispose()
    {
        if (!_calls.Close()) return;
        _connection?.Dispose();
        if (_ownsInvoker) _invoker.Dispose();
    }

    internal void Register(GrpcCall call)
    {
        ObjectDisposedException.ThrowIf(!_calls.TryAdd(call), this);
    }

    internal void Unregister(GrpcCall call) => _calls.Remove(call);

    internal Task WaitUntilReadyAsync(CancellationToken cancellationToken) =>
        _connection?.ConnectAsync(cancellationToken) ?? Task.CompletedTask;

    // HttpClient, unlike what it derives from, would otherwise buffer the whole response.
    internal Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        _invoker is HttpClient client
            ? client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken)
            : _invoker.SendAsync(request, cancellationToken);

    private ChannelConnection RequireConnection() => _connection ?? throw new InvalidOperationException(
        "The channel's connections can be watched only with a SocketsHttpHandler that has no ConnectCallback.");
}
