using Grpc.Core.Wire;
using Grpc.Net.Compression;
using Microsoft.Extensions.Logging;

namespace Grpc.Net.Client;

/// <summary>How a channel connects and what its calls keep to.</summary>
public sealed class GrpcChannelOptions
{
    /// <summary>Sends the calls; has the settings of pings, windows and TLS. Not together with HttpClient.</summary>
    public HttpMessageHandler? HttpHandler { get; set; }

    /// <summary>Sends the calls. Not together with HttpHandler.</summary>
    public HttpClient? HttpClient { get; set; }

    /// <summary>The channel's disposal disposes the handler or client it was given.</summary>
    public bool DisposeHttpClient { get; set; }

    /// <summary>Bytes; null for no limit, the default.</summary>
    public int? MaxSendMessageSize { get; set; }

    /// <summary>Bytes; null for no limit. 4 MiB by default.</summary>
    public int? MaxReceiveMessageSize { get; set; } = MessageSize.DefaultReceiveLimit;

    /// <summary>Null for gzip and deflate.</summary>
    public IList<ICompressionProvider>? CompressionProviders { get; set; }

    public ILoggerFactory? LoggerFactory { get; set; }

    /// <summary>
    /// Calls that are cancelled or miss their deadline throw <see cref="OperationCanceledException"/> instead of
    /// <see cref="Core.RpcException"/>.
    /// </summary>
    public bool ThrowOperationCanceledOnCancellation { get; set; }
}
