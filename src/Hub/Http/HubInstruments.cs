using System.Diagnostics.Metrics;
using System.Globalization;
using FineWebTorch.Common;

namespace FineWebTorch.Hub;

/// <summary>What is asked of the Hub and of its storage.</summary>
internal static class HubInstruments
{
    private static readonly Counter<long> Requests = Instrumentation.Meter.CreateCounter<long>(
        "fineweb.hub.requests", "{request}",
        "Requests to the Hub and its storage by the status of the answer, or by why there was none.");

    /// <param name="status">Of the answer.</param>
    public static void Answered(int status) => Count(status.ToString(CultureInfo.InvariantCulture));

    public static void Failed(HubErrorKind kind) => Count(kind == HubErrorKind.TimedOut ? "timeout" : "unreachable");

    private static void Count(string code) => Requests.Add(1, new KeyValuePair<string, object?>("code", code));
}

/// <summary>Whether the Hub answers, by what has been asked of it.</summary>
/// <param name="time">Of the transport.</param>
public sealed class HubReach(TimeProvider time)
{
    private long _failingSince;

    /// <summary>For so long every request has been without an answer; null where the last one had one, or there was none.
    /// </summary>
    public TimeSpan? SilentFor =>
        Interlocked.Read(ref _failingSince) is var since and not 0 ? time.GetElapsedTime(since) : null;

    internal void Answered(int status)
    {
        HubInstruments.Answered(status);
        Interlocked.Exchange(ref _failingSince, 0);
    }

    internal void Failed(HubErrorKind kind)
    {
        HubInstruments.Failed(kind);
        Interlocked.CompareExchange(ref _failingSince, Math.Max(1, time.GetTimestamp()), 0);
    }
}
