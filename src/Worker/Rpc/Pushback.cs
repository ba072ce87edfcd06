using System.Globalization;
using Grpc.Core;

namespace FineWebTorch.Worker.Rpc;

/// <summary>
/// What a coordinator that has reached one of its limits says: RESOURCE_EXHAUSTED, and after which pause the same call
/// may be taken. Nothing is wrong with the call, nor with what it is about.
/// </summary>
internal static class Pushback
{
    private const string Name = "grpc-retry-pushback-ms";
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(1);

    /// <returns>Null where it was no such answer, or the same call would never be taken.</returns>
    public static TimeSpan? Of(RpcException ended) =>
        ended.StatusCode == StatusCode.ResourceExhausted &&
        int.TryParse(ended.Trailers.GetValue(Name), CultureInfo.InvariantCulture, out var pause) && pause >= 0
            ? TimeSpan.FromMilliseconds(Math.Min(pause, Longest.TotalMilliseconds))
            : null;
}
