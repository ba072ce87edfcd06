using FineWebTorch.Common;
using Grpc.Core;
using Grpc.Net.Client;

namespace FineWebTorch.Worker.Rpc;

/// <summary>The gRPC channel to a coordinator, and its errors in a user's words.</summary>
internal static class CoordinatorChannel
{
    private static readonly TimeSpan PingDelay = TimeSpan.FromSeconds(20);

    /// <param name="proxy">Null for none.</param>
    public static GrpcChannel Open(CoordinatorAddresses coordinator, ProxyAddress? proxy = null)
    {
        // Where another one may have taken its place, it is worth looking soon.
        var pingDelay = coordinator.AreSeveral ? PingDelay / 2 : PingDelay;
        var handler = new SocketsHttpHandler
        {
            // A proxy of the environment is for the Hub; between the machines of a run it would only be in the way.
            UseProxy = false,
            ConnectTimeout = coordinator.Patience,
            EnableMultipleHttp2Connections = true,
            // Notices a machine that has vanished without a word.
            KeepAlivePingDelay = pingDelay,
            KeepAlivePingTimeout = pingDelay,
            PooledConnectionIdleTimeout = Timeout.InfiniteTimeSpan,
            // The channel's own address is a name for all of them.
            ConnectCallback = (_, cancellation) => coordinator.ConnectAsync(proxy, cancellation),
        };
        return GrpcChannel.ForAddress(coordinator.Current, new GrpcChannelOptions
        {
            HttpHandler = handler,
            DisposeHttpClient = true,
            MaxReceiveMessageSize = null,
        });
    }

    /// <summary>The pauses between attempts to reach a coordinator that is away, or storage.</summary>
    /// <param name="random">Uniform in [0, 1).</param>
    public static RetryOptions Retries(TimeProvider time, Func<double> random) => new()
    {
        Attempts = RetryOptions.Forever,
        FirstDelay = TimeSpan.FromMilliseconds(250),
        LongestDelay = TimeSpan.FromSeconds(15),
        Time = time,
        Random = random,
    };

    /// <summary>Why a call ended.</summary>
    /// <param name="error">Null where the coordinator ended it.</param>
    public static string Describe(Exception? error) => error switch
    {
        null => "it closed the connection",
        // The status says no more than that there was no connection; what lies below says why.
        RpcException { Status.DebugException: { } cause } => cause.GetBaseException().Message,
        RpcException { Status.Detail: { Length: > 0 } detail } => detail,
        OperationCanceledException => "no answer",
        _ => ErrorLine.Describe(error).Line,
    };
}
