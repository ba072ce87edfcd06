using System.Net;
using Grpc.Core;
using Grpc.Core.Wire;

namespace Grpc.Net.Client.Internal;

/// <summary>The headers of a call's request.</summary>
internal static class RequestHead
{
    private static readonly string UserAgent =
        $"grpc-dotnet-standin/{typeof(RequestHead).Assembly.GetName().Version?.ToString(3)}";

    /// <returns>The request without its content, and the encoding of its messages if it has one.</returns>
    public static (HttpRequestMessage Request, string? Encoding) Create(
        GrpcChannel channel, IMethod method, string? host, CallOptions options)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri(channel.Address, method.FullName))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        var headers = request.Headers;
        headers.Host = host;
        headers.TryAddWithoutValidation("te", "trailers");
        headers.TryAddWithoutValidation("user-agent", UserAgent);
        headers.TryAddWithoutValidation(ProtocolHeaders.AcceptEncoding, channel.Encodings.AcceptHeader);
        if (options.Deadline is { } deadline && deadline != DateTime.MaxValue)
        {
            var timeout = deadline - channel.Clock.GetUtcNow().UtcDateTime;
            headers.TryAddWithoutValidation(ProtocolHeaders.Timeout, GrpcTimeout.Encode(timeout));
        }

        string? encoding = null;
        foreach (var entry in options.Headers ?? Metadata.Empty)
        {
            if (entry.Is(ProtocolHeaders.EncodingRequest)) encoding = entry.Value;
            else headers.TryAddWithoutValidation(entry.Key, MetadataHeaders.Encode(entry));
        }

        if (!Encodings.IsIdentity(encoding)) headers.TryAddWithoutValidation(ProtocolHeaders.Encoding, encoding);
        return (request, encoding);
    }
}
