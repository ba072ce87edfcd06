using System.Collections.Concurrent;
using System.Threading.RateLimiting;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Protos.V1;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Grpc.Health.V1;

namespace FineWebTorch.Coordinator.Limits;

/// <summary>
/// How many calls and messages a session may make, at once and in a second, and how long a peer may take to read what it
/// is sent. Calls without a session end here, before the run hears of them; who asks for the server's health needs none, and
/// may do it as often as a session may call.
/// </summary>
internal sealed class CallGate : Interceptor, IDisposable
{
    private static readonly string JoinMethod =
        $"/{Coordination.Descriptor.FullName}/{nameof(Coordination.CoordinationClient.Join)}";

    /// <summary>Of grpc.health.v1, for those who watch from outside.</summary>
    private static readonly string HealthMethods = $"/{Health.Descriptor.FullName}/";

    private static readonly TimeSpan Replenishment = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<string, int> _sessions = new(StringComparer.Ordinal);
    private readonly PeerLimits _limits;
    private readonly TimeProvider _time;
    private readonly ConcurrencyLimiter _places;
    private readonly PartitionedRateLimiter<string> _atOnce;
    private readonly PartitionedRateLimiter<string> _calls;
    private readonly PartitionedRateLimiter<object> _messages;

    public CallGate(PeerLimits limits, TimeProvider time)
    {
        (_limits, _time) = (limits, time);
        _places = new ConcurrencyLimiter(new ConcurrencyLimiterOptions { PermitLimit = limits.Sessions });
        _atOnce = PartitionedRateLimiter.Create<string, string>(session => RateLimitPartition.GetConcurrencyLimiter(
            session, _ => new ConcurrencyLimiterOptions { PermitLimit = limits.CallsAtOnce }), StringComparer.Ordinal);
        _calls = PartitionedRateLimiter.Create<string, string>(session => RateLimitPartition.GetTokenBucketLimiter(
            session, _ => BucketOf(limits.CallsPerSecond, limits.CallsInARush)), StringComparer.Ordinal);
        _messages = PartitionedRateLimiter.Create<object, object>(stream => RateLimitPartition.GetTokenBucketLimiter(
            stream, _ => BucketOf(limits.MessagesPerSecond, limits.MessagesInARush)));
    }

    /// <summary>The session of a worker.</summary>
    public override async Task DuplexStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream, IServerStreamWriter<TResponse> responseStream,
        ServerCallContext context, DuplexStreamingServerMethod<TRequest, TResponse> continuation)
    {
        using var place = _places.AttemptAcquire();
        if (!place.IsAcquired)
            throw TooMuch.Of(
                $"{NumberText.Count(_limits.Sessions)} sessions are open, and no more are taken", TimeSpan.FromSeconds(5));
        string? session = null;
        try
        {
            await continuation(
                new PacedReader<TRequest>(requestStream, _messages),
                new TakenWriter<TResponse>(responseStream, context, _limits.TakeTime, _time, message =>
                {
                    if (session is null && message is CoordinatorMessage { Welcome.Session: var welcomed })
                        Begin(session = welcomed, context);
                }),
                context);
        }
        finally
        {
            if (session is not null)
                _sessions.TryRemove(session, out _);
        }
    }

    public override async Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
    {
        // Whoever joins has no session yet; wrong tokens have limits of their own.
        if (context.Method == JoinMethod)
            return await continuation(request, context);
        using var lease = Enter(context);
        return await continuation(request, context);
    }

    public override async Task<TResponse> ClientStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream, ServerCallContext context,
        ClientStreamingServerMethod<TRequest, TResponse> continuation)
    {
        using var lease = Enter(context);
        return await continuation(requestStream, context);
    }

    public override async Task ServerStreamingServerHandler<TRequest, TResponse>(
        TRequest request, IServerStreamWriter<TResponse> responseStream, ServerCallContext context,
        ServerStreamingServerMethod<TRequest, TResponse> continuation)
    {
        using var lease = Enter(context);
        await continuation(
            request, new TakenWriter<TResponse>(responseStream, context, _limits.TakeTime, _time), context);
    }

    public void Dispose()
    {
        _places.Dispose();
        _atOnce.Dispose();
        _calls.Dispose();
        _messages.Dispose();
    }

    private void Begin(string session, ServerCallContext context)
    {
        _sessions[session] = 0;
        Admit(context);
    }

    /// <exception cref="RpcException">The call is of no session, or one too many.</exception>
    private RateLimitLease Enter(ServerCallContext context)
    {
        var session = context.Method.StartsWith(HealthMethods, StringComparison.Ordinal)
            ? HealthMethods + context.GetHttpContext().Connection.RemoteIpAddress
            : SessionOf(context);
        using var call = _calls.AttemptAcquire(session);
        if (!call.IsAcquired)
            throw TooMuch.Of(
                $"this worker calls more often than {NumberText.Count(_limits.CallsPerSecond, "time")} a second",
                TimeSpan.FromSeconds(1));
        var lease = _atOnce.AttemptAcquire(session);
        if (lease.IsAcquired)
            return lease;
        lease.Dispose();
        throw TooMuch.Of(
            $"this worker has {NumberText.Count(_limits.CallsAtOnce, "call")} under way, and no more are taken at once",
            TimeSpan.FromSeconds(1));
    }

    /// <exception cref="RpcException">The call is of no session.</exception>
    private string SessionOf(ServerCallContext context)
    {
        var session = context.RequestHeaders.GetValue(CallHeaders.Session) ?? "";
        if (!_sessions.ContainsKey(session))
            throw new RpcException(new Status(StatusCode.Unauthenticated, new UnknownSessionException().Message));
        Admit(context);
        return session;
    }

    private static void Admit(ServerCallContext context) =>
        context.GetHttpContext().Features.Get<PeerConnection>()?.Admit();

    private static TokenBucketRateLimiterOptions BucketOf(int aSecond, int atOnce) => new()
    {
        TokenLimit = atOnce,
        TokensPerPeriod = aSecond,
        ReplenishmentPeriod = Replenishment,
        QueueLimit = 1,
    };
}
