using System.Net;
using System.Net.Http.Headers;
using Grpc.Core;
using Grpc.Core.Wire;

namespace Grpc.Net.Client.Internal;

/// <summary>Where a response says how its call ended, and what it means when it does not.</summary>
internal static class ResponseStatus
{
    /// <summary>The status when the headers decide it already; null when messages may follow.</summary>
    public static Status? InHeaders(HttpResponseMessage response)
    {
        if (Find(response.Headers) is { } status) return status;
        if (response.Version < HttpVersion.Version20)
        {
            return new Status(
                StatusCode.Internal, $"Bad gRPC response. Response protocol downgraded to HTTP/{response.Version}.");
        }

        if (response.StatusCode != HttpStatusCode.OK)
        {
            return new Status(
                OfHttp((int)response.StatusCode), $"Bad gRPC response. HTTP status code: {(int)response.StatusCode}");
        }

        var contentType = response.Content.Headers.NonValidated.TryGetValues("content-type", out var values)
            ? values.ToString()
            : null;
        if (contentType is null)
            return new Status(StatusCode.Cancelled, "Bad gRPC response. Response did not have a content-type header.");
        return ProtocolHeaders.IsGrpcContentType(contentType)
            ? null
            : new Status(StatusCode.Cancelled, $"Bad gRPC response. Invalid content-type value: {contentType}");
    }

    /// <summary>The status after the body, which has been read to its end.</summary>
    public static Status InTrailers(HttpResponseMessage response) =>
        Find(response.TrailingHeaders) ?? new Status(StatusCode.Cancelled, "No grpc-status found on response.");

    public static string? Single(HttpResponseHeaders headers, string name) =>
        headers.NonValidated.TryGetValues(name, out var values) ? values.ToString() : null;

    public static Metadata ToMetadata(HttpResponseHeaders headers)
    {
        var metadata = new Metadata();
        foreach (var (name, values) in headers.NonValidated)
        {
            foreach (var value in values) metadata.AddHeader(name, value);
        }

        return metadata;
    }

    private static Status? Find(HttpResponseHeaders headers) =>
        Single(headers, ProtocolHeaders.Status) is { } code
            ? StatusHeaders.Decode(code, Single(headers, ProtocolHeaders.Message))
            : null;

    private static StatusCode OfHttp(int statusCode) => statusCode switch
    {
        400 or 431 => StatusCode.Internal,
        401 => StatusCode.Unauthenticated,
        403 => StatusCode.PermissionDenied,
        404 => StatusCode.Unimplemented,
        429 or 502 or 503 or 504 => StatusCode.Unavailable,
        _ => StatusCode.Unknown,
    };
}
