using Microsoft.Extensions.Logging;

namespace FineWebTorch.Hub;

/// <summary>All log lines of this library. Addresses in them have lost their query strings.</summary>
internal static partial class HubLog
{
    [LoggerMessage(1, LogLevel.Debug, "{Method} {Address}: {Status} in {Milliseconds:0} ms")]
    public static partial void Answered(
        ILogger logger, HttpMethod method, string address, int status, double milliseconds);

    [LoggerMessage(2, LogLevel.Warning, "{Problem}; trying again in {Seconds:0.0} s (attempt {Attempt} failed)")]
    public static partial void TryingAgain(ILogger logger, string problem, double seconds, int attempt);

    [LoggerMessage(3, LogLevel.Information, "a signed link of {Address} was refused; asking for a new one")]
    public static partial void Renewing(ILogger logger, string address);

    [LoggerMessage(4, LogLevel.Warning, "the Hub says: {Warning}")]
    public static partial void ServerWarning(ILogger logger, string warning);

    [LoggerMessage(5, LogLevel.Information, "{File}: continuing a download at byte {Offset}")]
    public static partial void Resuming(ILogger logger, string file, long offset);

    [LoggerMessage(6, LogLevel.Warning, "{Problem}; using the copy in the cache")]
    public static partial void FallingBack(ILogger logger, string problem);

    [LoggerMessage(
        7, LogLevel.Warning, "{Problem}; looking whether the commit has landed before trying again in {Seconds:0.0} s")]
    public static partial void CommitUnclear(ILogger logger, string problem, double seconds);

    [LoggerMessage(8, LogLevel.Information, "the commit had landed already: {Commit}")]
    public static partial void CommitFound(ILogger logger, string commit);
}
