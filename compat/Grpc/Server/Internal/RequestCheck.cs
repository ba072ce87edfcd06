using Grpc.Core;
using Grpc.Core.Wire;
using Microsoft.AspNetCore.Http;

namespace Grpc.AspNetCore.Server.Internal;

/// <summary>Turns away what cannot be a gRPC call.</summary>
internal static class RequestCheck
{
    /// <summary>True when the request has been answered with an error.</summary>
    public static bool Refuse(HttpContext http)
    {
        var request = http.Request;
        if (!HttpProtocol.IsHttp2(request.Protocol) && !HttpProtocol.IsHttp3(request.Protocol))
        {
            Answer(
                http.Response,
                StatusCodes.Status426UpgradeRequired,
                $"Request protocol '{request.Protocol}' is not supported.");
            return true;
        }

        if (ProtocolHeaders.IsGrpcContentType(request.ContentType)) return false;
        Answer(http.Response, StatusCodes.Status415UnsupportedMediaType, request.ContentType is null
            ? "Content-Type is missing from the request."
            : $"Content-Type '{request.ContentType}' is not supported.");
        return true;
    }

    private static void Answer(HttpResponse response, int httpStatus, string detail)
    {
        response.StatusCode = httpStatus;
        response.Headers.SetStatus(new Status(StatusCode.Internal, detail));
    }
}
