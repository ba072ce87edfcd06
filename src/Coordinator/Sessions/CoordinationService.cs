using System.Threading.Channels;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Coordinator.Shards;
using FineWebTorch.Hub;
using FineWebTorch.Protos.V1;
using Google.Protobuf;
using Grpc.Core;

namespace FineWebTorch.Coordinator.Sessions;

/// <summary>The gRPC face of a run.</summary>
internal sealed class CoordinationService(
    RunLoop loop, FileServer files, ScoreServer scores, ShardReceiver shards, UploadPlanner uploads)
    : Coordination.CoordinationBase
{
    public override async Task Work(
        IAsyncStreamReader<WorkerMessage> requestStream, IServerStreamWriter<CoordinatorMessage> responseStream,
        ServerCallContext context)
    {
        using var session = new WorkerSession();
        await session.RunAsync(loop, requestStream, responseStream, context.CancellationToken);
    }

    public override async Task ReadFile(
        ReadFileRequest request, IServerStreamWriter<FileChunk> responseStream, ServerCallContext context)
    {
        try
        {
            await foreach (var chunk in files.ReadAsync(request, context.CancellationToken))
                await responseStream.WriteAsync(new FileChunk { Data = UnsafeByteOperations.UnsafeWrap(chunk) });
        }
        catch (HubException exception)
        {
            throw OfHub(exception);
        }
    }

    public override async Task<InputLocation> LocateInput(LocateInputRequest request, ServerCallContext context)
    {
        try
        {
            return await files.LocateAsync(request, context.CancellationToken);
        }
        catch (HubException exception)
        {
            throw OfHub(exception);
        }
    }

    public override Task ReadScores(
        ReadScoresRequest request, IServerStreamWriter<WindowScores> responseStream, ServerCallContext context) =>
        WhileRunningAsync(() => scores.SendAsync(request.Fence, responseStream, context.CancellationToken));

    public override async Task<ShardReceipt> DeliverShard(
        IAsyncStreamReader<ShardPart> requestStream, ServerCallContext context)
    {
        await WhileRunningAsync(() => shards.ReceiveAsync(requestStream, context.CancellationToken));
        return new ShardReceipt();
    }

    /// <summary>The client has tried again as often as it makes sense: what is left is for people.</summary>
    private static RpcException OfHub(HubException exception) => new(new Status(
        exception.Kind is HubErrorKind.EntryNotFound or HubErrorKind.RepositoryNotFound or HubErrorKind.RevisionNotFound
            ? StatusCode.NotFound
            : StatusCode.Unavailable,
        exception.Message));

    public override async Task<UploadPlan> PlanUpload(PlanUploadRequest request, ServerCallContext context)
    {
        UploadPlan? plan = null;
        await WhileRunningAsync(async () => plan = await uploads.PlanAsync(request, context.CancellationToken));
        return plan!;
    }

    private static async Task WhileRunningAsync(Func<Task> action)
    {
        try
        {
            await action();
        }
        catch (ChannelClosedException)
        {
            throw new RpcException(new Status(StatusCode.Unavailable, "the coordinator is shutting down"));
        }
        catch (HubException exception)
        {
            throw OfHub(exception);
        }
    }
}
