using Grpc.Core;
using Microsoft.Extensions.Logging;

namespace Grpc.AspNetCore.Server.Internal;

internal static partial class ServerLog
{
    [LoggerMessage(6, LogLevel.Error, "Error when executing service method '{Method}'.", EventName = "HandlerFailed")]
    public static partial void HandlerFailed(ILogger logger, string method, Exception exception);

    [LoggerMessage(7, LogLevel.Information, "Error status code '{StatusCode}' with detail '{Detail}' raised.",
        EventName = "HandlerStatus")]
    public static partial void HandlerStatus(
        ILogger logger, StatusCode statusCode, string detail, Exception? debugException);

    [LoggerMessage(8, LogLevel.Information, "Service method '{Method}' canceled.", EventName = "HandlerCancelled")]
    public static partial void HandlerCancelled(ILogger logger, string method, Exception exception);

    [LoggerMessage(9, LogLevel.Debug, "Request deadline '{Deadline}' exceeded.", EventName = "DeadlineExceeded")]
    public static partial void DeadlineExceeded(ILogger logger, DateTime deadline);

    [LoggerMessage(10, LogLevel.Error, "Error while ending a call at its deadline.", EventName = "DeadlineFailed")]
    public static partial void DeadlineFailed(ILogger logger, Exception exception);

    [LoggerMessage(11, LogLevel.Debug, "Invalid grpc-timeout '{Timeout}' ignored.", EventName = "TimeoutIgnored")]
    public static partial void InvalidTimeoutIgnored(ILogger logger, string timeout);
}
