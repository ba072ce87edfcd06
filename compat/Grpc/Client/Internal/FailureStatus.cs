using System.Net.Sockets;
using Grpc.Core;

namespace Grpc.Net.Client.Internal;

/// <summary>What an exception of the transport means for the call.</summary>
internal static class FailureStatus
{
    /// <param name="exception">From the HTTP client, a stream or a marshaller.</param>
    /// <param name="doing">A sentence that says what went wrong.</param>
    public static Status Of(Exception exception, string doing) => exception is RpcException { Status: var status }
        ? status
        : new Status(CodeOf(exception), $"{doing} {Describe(exception)}", exception);

    private static StatusCode CodeOf(Exception exception)
    {
        if (Find<HttpProtocolException>(exception) is { } reset) return OfReset(reset.ErrorCode);
        if (Find<OperationCanceledException>(exception) is not null) return StatusCode.Cancelled;
        return Find<SocketException>(exception) is not null || Find<IOException>(exception) is not null
            || Find<HttpRequestException>(exception) is { HttpRequestError: HttpRequestError.ConnectionError }
            ? StatusCode.Unavailable
            : StatusCode.Internal;
    }

    private static StatusCode OfReset(long errorCode) => errorCode switch
    {
        7 => StatusCode.Unavailable, // REFUSED_STREAM
        8 => StatusCode.Cancelled, // CANCEL
        11 => StatusCode.ResourceExhausted, // ENHANCE_YOUR_CALM
        12 => StatusCode.PermissionDenied, // INADEQUATE_SECURITY
        _ => StatusCode.Internal,
    };

    private static TException? Find<TException>(Exception? exception)
        where TException : Exception
    {
        while (exception is not null and not TException) exception = exception.InnerException;
        return exception as TException;
    }

    private static string Describe(Exception exception) => exception.InnerException is { } inner
        ? $"{exception.GetType().Name}: {exception.Message} {Describe(inner)}"
        : $"{exception.GetType().Name}: {exception.Message}";
}
