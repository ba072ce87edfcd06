using System.IO.Compression;
using Grpc.Core.Wire;
using Grpc.Net.Compression;

namespace Grpc.AspNetCore.Server;

/// <summary>What the calls of all services keep to.</summary>
public class GrpcServiceOptions
{
    /// <summary>Bytes; null for no limit, the default.</summary>
    public int? MaxSendMessageSize { get; set; }

    /// <summary>
    /// Bytes; null for no limit. 4 MiB by default. Kestrel's MaxRequestBodySize limits unary and server-streaming
    /// requests besides.
    /// </summary>
    public int? MaxReceiveMessageSize { get; set; } = MessageSize.DefaultReceiveLimit;

    /// <summary>Tell clients the type and message of an unhandled exception.</summary>
    public bool? EnableDetailedErrors { get; set; }

    /// <summary>The encoding of responses to clients that accept it; null for none.</summary>
    public string? ResponseCompressionAlgorithm { get; set; }

    /// <summary>Null for the provider's own.</summary>
    public CompressionLevel? ResponseCompressionLevel { get; set; }

    /// <summary>gzip and deflate unless changed.</summary>
    public IList<ICompressionProvider> CompressionProviders { get; set; } = Encodings.DefaultProviders();

    /// <summary>Leave calls of unknown services to other endpoints instead of answering UNIMPLEMENTED.</summary>
    public bool? IgnoreUnknownServices { get; set; }

    internal void CopyTo(GrpcServiceOptions other)
    {
        other.MaxSendMessageSize = MaxSendMessageSize;
        other.MaxReceiveMessageSize = MaxReceiveMessageSize;
        other.EnableDetailedErrors = EnableDetailedErrors;
        other.ResponseCompressionAlgorithm = ResponseCompressionAlgorithm;
        other.ResponseCompressionLevel = ResponseCompressionLevel;
        other.CompressionProviders = [.. CompressionProviders];
        other.IgnoreUnknownServices = IgnoreUnknownServices;
    }
}
