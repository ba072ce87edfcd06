using Grpc.Core;
using Grpc.Core.Wire;
using Microsoft.AspNetCore.Http;

namespace Grpc.AspNetCore.Server.Internal;

internal static class ResponseHeaders
{
    /// <summary>Replaces a status that is there.</summary>
    public static void SetStatus(this IHeaderDictionary headers, Status status)
    {
        headers[ProtocolHeaders.Status] = StatusHeaders.EncodeCode(status.StatusCode);
        headers[ProtocolHeaders.Message] = StatusHeaders.EncodeDetail(status.Detail);
    }

    /// <exception cref="InvalidOperationException">A value cannot stand in a header.</exception>
    public static void Add(this IHeaderDictionary headers, Metadata.Entry entry)
    {
        try
        {
            headers.Append(entry.Key, MetadataHeaders.Encode(entry));
        }
        catch (InvalidOperationException exception)
        {
            throw new InvalidOperationException($"Error adding response header '{entry.Key}'.", exception);
        }
    }
}
