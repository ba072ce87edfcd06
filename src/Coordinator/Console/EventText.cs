using System.Globalization;
using FineWebTorch.Coordinator.Running;

namespace FineWebTorch.Coordinator.Console;

/// <summary>Events, numbers and durations as lines for people.</summary>
internal static class EventText
{
    public static string Of(RunEvent happened) => happened switch
    {
        RunEvent.WorkerJoined joined =>
            $"worker {joined.Worker} ({joined.Device}) {(joined.Returned ? "is back" : "has joined")}",
        RunEvent.WorkerLeft left => $"worker {left.Worker} has left",
        RunEvent.WorkerLost lost => string.Create(
            CultureInfo.InvariantCulture,
            $"worker {lost.Worker} is lost: silent for {lost.SilentSeconds:0.#} s; others go on with its work"),
        RunEvent.WorkerTurnedAway away => $"worker {away.Worker} was turned away: {away.Reason}",
        RunEvent.PrecisionFixed precision =>
            $"the run computes in {precision.Dtype}, at most {precision.TokenBudget} tokens a batch",
        RunEvent.AttemptFailed failed => $"{failed.File} failed on {failed.Worker}: {failed.Reason}",
        RunEvent.FileFailed failed => $"{failed.File} has failed: {failed.Reason}",
        RunEvent.ShardDone done =>
            $"{done.Shard} is done: {Count(done.Kept)} of {Count(done.Rows)} rows of {done.File} kept" +
            (done.Unscorable > 0 ? $", {Count(done.Unscorable)} could not be scored" : ""),
        RunEvent.ShardsLost lost =>
            $"the Hub's storage has dropped {Count(lost.Shards)} shards; they are built again from the scores",
        RunEvent.ShardRebuilt rebuilt =>
            $"{rebuilt.Shard} is built and uploaded again ({Count(rebuilt.Done)} of {Count(rebuilt.Lost)})",
        RunEvent.Warning warning => $"warning: {warning.Text}",
        _ => happened.ToString(),
    };

    public static string Count(double number) => number.ToString("N0", CultureInfo.InvariantCulture);

    public static string Rate(double number) =>
        number.ToString(number < 10 ? "0.0" : "N0", CultureInfo.InvariantCulture);

    /// <summary>Three digits and a decimal unit: "1.23 GB".</summary>
    public static string Size(long bytes)
    {
        string[] units = ["bytes", "kB", "MB", "GB", "TB", "PB", "EB"];
        var (number, unit) = ((double)bytes, 0);
        for (; number >= 999.5; unit++)
            number /= 1000;
        return string.Create(CultureInfo.InvariantCulture, $"{number:G3} {units[unit]}");
    }

    public static string Duration(TimeSpan span) => span.TotalHours >= 1
        ? $"{(int)span.TotalHours} h {span.Minutes} min"
        : span.TotalMinutes >= 1 ? $"{span.Minutes} min {span.Seconds} s" : $"{span.Seconds} s";
}
