using FineWebTorch.Common;
using FineWebTorch.Protos.V1;
using Grpc.Core;

namespace FineWebTorch.Worker.Rpc;

/// <summary>
/// The calls beside the Work stream. While the coordinator is away, or does not know this worker's session any more,
/// they wait, unless cancelled.
/// </summary>
internal sealed class CoordinatorCalls(
    Coordination.CoordinationClient client, TimeProvider time, Func<double> random)
{
    private const int MaxFaults = 5;
    private volatile string _session = "";

    /// <summary>Secret: proves to the coordinator that a call comes from the worker of a session.</summary>
    public string Session
    {
        set => _session = value;
    }

    // Anew for each attempt: a lease may have been carried over to a new session meanwhile.
    private Metadata Headers => new() { { CallHeaders.Session, _session } };

    /// <summary>Streams a file from an offset on; the parts go to <paramref name="write"/>.</summary>
    public async Task ReadFileAsync(
        ReadFileRequest request,
        Func<ReadOnlyMemory<byte>, CancellationToken, Task> write,
        CancellationToken cancellation)
    {
        await RetryAsync(
            async () =>
            {
                using var call = client.ReadFile(request, Headers, cancellationToken: cancellation);
                while (await call.ResponseStream.MoveNext(cancellation))
                {
                    var data = call.ResponseStream.Current.Data;
                    await write(data.Memory, cancellation);
                    // After an interruption the rest is enough.
                    request.Offset += (ulong)data.Length;
                }

                return true;
            },
            cancellation);
    }

    /// <summary>The address of an input in the Hub's storage, newly signed; null where it has none.</summary>
    public async Task<InputLocation?> LocateInputAsync(uint inputIndex, CancellationToken cancellation)
    {
        try
        {
            return await RetryAsync(
                async () => await client.LocateInputAsync(
                    new LocateInputRequest { InputIndex = inputIndex }, Headers, cancellationToken: cancellation),
                cancellation);
        }
        catch (RpcException none) when (none.StatusCode == StatusCode.FailedPrecondition)
        {
            return null;
        }
    }

    /// <summary>Addresses in the Hub's storage to upload a shard to, newly signed.</summary>
    public Task<UploadPlan> PlanUploadAsync(PlanUploadRequest request, CancellationToken cancellation) => RetryAsync(
        async () => await client.PlanUploadAsync(request, Headers, cancellationToken: cancellation), cancellation);

    /// <summary>Every stored score of the file of a build lease, in row order.</summary>
    /// <param name="received">Called for every window.</param>
    public Task<List<WindowScores>> ReadScoresAsync(
        ulong fence, CancellationToken cancellation, Action? received = null) => RetryAsync(
        async () =>
        {
            var windows = new List<WindowScores>();
            using var call = client.ReadScores(
                new ReadScoresRequest { Fence = fence }, Headers, cancellationToken: cancellation);
            while (await call.ResponseStream.MoveNext(cancellation))
            {
                windows.Add(call.ResponseStream.Current);
                received?.Invoke();
            }

            return windows;
        },
        cancellation);

    /// <summary>Hands a shard over.</summary>
    /// <param name="parts">Read again from the beginning when the call is repeated.</param>
    public Task DeliverShardAsync(
        Func<IAsyncEnumerable<ShardPart>> parts, CancellationToken cancellation) => RetryAsync(
        async () =>
        {
            using var call = client.DeliverShard(Headers, cancellationToken: cancellation);
            await WriteAllAsync(call.RequestStream, parts(), cancellation);
            return await call.ResponseAsync;
        },
        cancellation);

    private static async Task WriteAllAsync(
        IClientStreamWriter<ShardPart> stream, IAsyncEnumerable<ShardPart> parts, CancellationToken cancellation)
    {
        await foreach (var part in parts.WithCancellation(cancellation))
        {
            try
            {
                await stream.WriteAsync(part, cancellation);
            }
            catch (Exception ended) when (ended is RpcException or InvalidOperationException or IOException)
            {
                // The coordinator answered before it had everything; its answer says why.
                return;
            }
        }

        await stream.CompleteAsync();
    }

    private async Task<T> RetryAsync<T>(Func<Task<T>> call, CancellationToken cancellation)
    {
        var faults = 0;
        var retry = Retry.Create(
            CoordinatorChannel.Retries(time, random),
            failure => failure is RpcException { StatusCode: var status } ended &&
                (IsAway(status) || Pushback.Of(ended) is not null || (IsFault(status) && ++faults < MaxFaults)),
            (failure, failures) => AfterPushback((RpcException)failure, failures));
        try
        {
            return await retry.ExecuteAsync(async _ => await call(), cancellation);
        }
        catch (RpcException ended) when (cancellation.IsCancellationRequested)
        {
            throw new OperationCanceledException("The call was cancelled.", ended, cancellation);
        }
    }

    /// <summary>Not before the coordinator wants it, and not in step with others whom it told the same.</summary>
    private TimeSpan? AfterPushback(RpcException failure, int failures) => Pushback.Of(failure) is { } pause
        ? pause + CoordinatorChannel.Retries(time, random).PauseAfter(failures)
        : null;

    // What a connection that broke, or a coordinator that is starting or stopping, ends a call with; one that has
    // started again knows this worker only once its session is renewed.
    private static bool IsAway(StatusCode status) =>
        status is StatusCode.Unavailable or StatusCode.Cancelled or StatusCode.Unauthenticated;

    // A crash of the coordinator can look like this, but so does an error that will be the same every time.
    private static bool IsFault(StatusCode status) =>
        status is StatusCode.Internal or StatusCode.Unknown or StatusCode.DataLoss;
}
