using System.Globalization;
using Grpc.Core;

namespace FineWebTorch.Coordinator.Limits;

/// <summary>The answer to a peer that has met a limit: RESOURCE_EXHAUSTED, and whether to try again.</summary>
internal static class TooMuch
{
    /// <summary>gRPC's own word for it: milliseconds, or a negative number where another attempt is in vain.</summary>
    private const string Pushback = "grpc-retry-pushback-ms";

    /// <param name="what">And how much there may be, in one line.</param>
    /// <param name="pause">Before another attempt; null where that would end the same way.</param>
    public static RpcException Of(string what, TimeSpan? pause)
    {
        var milliseconds = pause is { } time ? (long)time.TotalMilliseconds : -1;
        var trailers = new Metadata { { Pushback, milliseconds.ToString(CultureInfo.InvariantCulture) } };
        return new RpcException(new Status(StatusCode.ResourceExhausted, what), trailers);
    }
}
