using FineWebTorch.Common;
using FineWebTorch.Worker.Pipeline;
using FineWebTorch.Worker.Rpc;
using Microsoft.Extensions.Logging;

namespace FineWebTorch.Worker.Session;

/// <summary>What a worker tells the person who started it.</summary>
internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Information, "connected to {Coordinator}: run {Run}, model {Model}, {Dtype}")]
    public static partial void Connected(this ILogger log, Uri coordinator, string run, string model, string dtype);

    [LoggerMessage(2, LogLevel.Warning, "no coordinator at {Coordinator} ({Reason}); trying again")]
    public static partial void NoCoordinator(this ILogger log, CoordinatorAddresses coordinator, string reason);

    [LoggerMessage(
        3, LogLevel.Warning,
        "lost the coordinator ({Reason}); going on and trying to reach it again for up to {Patience}")]
    public static partial void Lost(this ILogger log, string reason, string patience);

    [LoggerMessage(4, LogLevel.Warning, "the coordinator has no use for this worker now: {Reason}; asking again")]
    public static partial void NotNow(this ILogger log, string reason);

    [LoggerMessage(5, LogLevel.Information, "model loaded in {Seconds:F1} s")]
    public static partial void ModelLoaded(this ILogger log, double seconds);

    [LoggerMessage(6, LogLevel.Information, "scoring {File} (lease {Lease})")]
    public static partial void ScoringFile(this ILogger log, string file, ulong lease);

    public static void ShardDelivered(this ILogger log, string shard, ulong kept, ulong rows) =>
        log.ShardDelivered(shard, NumberText.Count((long)kept), NumberText.Count((long)rows, "row"));

    [LoggerMessage(8, LogLevel.Warning, "{File}: {Reason}")]
    public static partial void LeaseFailed(this ILogger log, string file, string reason);

    [LoggerMessage(9, LogLevel.Information, "stopped work on {File}: {Reason}")]
    public static partial void LeaseRevoked(this ILogger log, string file, string reason);

    [LoggerMessage(10, LogLevel.Information, "finishing the batch in flight")]
    public static partial void Draining(this ILogger log);

    [LoggerMessage(
        11, LogLevel.Warning, "ended with scores that no coordinator has confirmed; they will be scored again")]
    public static partial void UndeliveredScores(this ILogger log);

    public static void RunOver(this ILogger log, long documents, TimeSpan busy) =>
        log.RunOver(NumberText.Count(documents, "document"), NumberText.Duration(busy));

    [LoggerMessage(13, LogLevel.Information, "waiting for the next run")]
    public static partial void WaitingForRun(this ILogger log);

    [LoggerMessage(
        19, LogLevel.Warning,
        "the run was interrupted at the coordinator; waiting up to {Patience} for it to come back (--give-up-after)")]
    public static partial void Interrupted(this ILogger log, string patience);

    [LoggerMessage(20, LogLevel.Warning, "the run was interrupted at the coordinator; ending (--no-wait)")]
    public static partial void InterruptedEnding(this ILogger log);

    [LoggerMessage(25, LogLevel.Information, "told to leave the run: {Reason}; ending")]
    public static partial void ToldToLeave(this ILogger log, string reason);

    [LoggerMessage(26, LogLevel.Information, "the run is paused: no work until it goes on")]
    public static partial void Paused(this ILogger log);

    [LoggerMessage(21, LogLevel.Information, "no next run for {Patience} (--give-up-after); ending")]
    public static partial void NoNextRun(this ILogger log, string patience);

    [LoggerMessage(
        23, LogLevel.Error,
        "the coordinator gives this worker no more work: {Reason}; put it right, then start the worker again or type " +
        "'coordinator workers allow' there")]
    public static partial void Quarantined(this ILogger log, string reason);

    [LoggerMessage(24, LogLevel.Information, "the coordinator gives this worker work again")]
    public static partial void Allowed(this ILogger log);

    public static void Scored(this ILogger log, long documents, string file, DeviceUse? use)
    {
        if (use is null)
            log.ScoredWithoutDevice(NumberText.Count(documents, "document"), file);
        else
            log.Scored(NumberText.Count(documents, "document"), file, use.ToString());
    }

    [LoggerMessage(12, LogLevel.Information, "the run is over: {Documents} scored here, device busy {Busy}")]
    private static partial void RunOver(this ILogger log, string documents, string busy);

    [LoggerMessage(7, LogLevel.Information, "delivered {Shard}: {Kept} of {Rows} kept")]
    private static partial void ShardDelivered(this ILogger log, string shard, string kept, string rows);

    [LoggerMessage(14, LogLevel.Information, "scored {Documents} of {File}: {Use}")]
    private static partial void Scored(this ILogger log, string documents, string file, string use);

    [LoggerMessage(16, LogLevel.Information, "scored {Documents} of {File} without the device")]
    private static partial void ScoredWithoutDevice(this ILogger log, string documents, string file);

    [LoggerMessage(
        18, LogLevel.Error, "{Device}: {Problem}; this worker gives its leases back and ends, start another here")]
    public static partial void DeviceFailed(this ILogger log, string device, string problem);

    [LoggerMessage(27, LogLevel.Error, "{Reason}; this worker ends at once, start another here")]
    public static partial void Hangs(this ILogger log, string reason);

    [LoggerMessage(22, LogLevel.Information, "{What}")]
    public static partial void Found(this ILogger log, string what);

    [LoggerMessage(17, LogLevel.Warning, "{Problem}")]
    public static partial void Warn(this ILogger log, string problem);
}
