using System.Threading.Channels;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Access;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Limits;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Coordinator.Shards;
using FineWebTorch.Hub;
using FineWebTorch.Protos.V1;
using Google.Protobuf;
using Grpc.Core;

namespace FineWebTorch.Coordinator.Sessions;

/// <summary>The gRPC face of a run.</summary>
/// <param name="access">Says who may open a session, and with it make any other call.</param>
internal sealed class CoordinationService(
    RunLoop loop, FileServer files, BuildServer builds, ShardReceiver shards, PeerGuard guard, RunAccess access)
    : Coordination.CoordinationBase
{
    public override async Task<JoinAnswer> Join(JoinRequest request, ServerCallContext context)
    {
        try
        {
            return new JoinAnswer { Credential = access.Redeem(new Secret(request.Secret)).Reveal() };
        }
        catch (NotAdmittedException refusal)
        {
            await guard.WrongTokens.HoldBackAsync(context.GetHttpContext());
            throw new RpcException(new Status(StatusCode.PermissionDenied, refusal.Message));
        }
    }

    public override async Task Work(
        IAsyncStreamReader<WorkerMessage> requestStream, IServerStreamWriter<CoordinatorMessage> responseStream,
        ServerCallContext context)
    {
        var visitor = new Visitor(access, SecretOf(context, CallHeaders.Credential), SecretOf(context, CallHeaders.Worker));
        if (visitor.Fault is { } fault)
        {
            // It is heard out, so that the answer is not lost on who is still writing.
            await requestStream.MoveNext(context.CancellationToken);
            await guard.WrongTokens.HoldBackAsync(context.GetHttpContext());
            await responseStream.WriteAsync(new CoordinatorMessage
            {
                Rejection = new Rejection { Reason = fault, Permanent = true },
            });
            return;
        }

        using var session = new WorkerSession(guard.Limits, visitor);
        await session.RunAsync(loop, requestStream, responseStream, context.CancellationToken);
    }

    public override Task ReadFile(
        ReadFileRequest request, IServerStreamWriter<FileChunk> responseStream, ServerCallContext context) =>
        AnswerAsync(async cancellationToken =>
        {
            var input = await FindReadableAsync(
                context, request.FileCase == ReadFileRequest.FileOneofCase.InputIndex ? request.InputIndex : null);
            await foreach (var chunk in files.ReadAsync(request, input, cancellationToken))
                await responseStream.WriteAsync(
                    new FileChunk { Data = UnsafeByteOperations.UnsafeWrap(chunk) }, cancellationToken);
        }, context);

    public override Task<InputLocation> LocateInput(LocateInputRequest request, ServerCallContext context) =>
        AnswerAsync(async cancellationToken =>
        {
            var input = await FindReadableAsync(context, request.InputIndex);
            return await files.LocateAsync(input!, cancellationToken);
        }, context);

    public override Task ReadScores(
        ReadScoresRequest request, IServerStreamWriter<WindowScores> responseStream, ServerCallContext context) =>
        AnswerAsync(
            cancellationToken => builds.SendScoresAsync(
                SessionOf(context), request.Fence, responseStream, cancellationToken),
            context);

    public override Task<UploadPlan> PlanUpload(PlanUploadRequest request, ServerCallContext context) =>
        AnswerAsync(cancellationToken => builds.PlanUploadAsync(SessionOf(context), request, cancellationToken), context);

    public override async Task<ShardReceipt> DeliverShard(
        IAsyncStreamReader<ShardPart> requestStream, ServerCallContext context)
    {
        await AnswerAsync(
            cancellationToken => shards.ReceiveAsync(SessionOf(context), requestStream, cancellationToken), context);
        return new ShardReceipt();
    }

    private static Secret SessionOf(ServerCallContext context) => SecretOf(context, CallHeaders.Session);

    private static Secret SecretOf(ServerCallContext context, string entry) =>
        new(context.RequestHeaders.GetValue(entry) ?? "");

    /// <param name="input">Null for a file of the model.</param>
    /// <returns>Null for a file of the model.</returns>
    private async Task<FileRecord?> FindReadableAsync(ServerCallContext context, uint? input)
    {
        var file = await loop.AskAsync<FileRecord?>(
            answer => new RunCommand.FindReader(SessionOf(context), input, answer), context.CancellationToken);
        return input is null || file is not null ? file : throw new RpcException(new Status(
            StatusCode.PermissionDenied, $"this worker holds no lease on file {input}, or has lost it"));
    }

    private static async Task AnswerAsync(Func<CancellationToken, Task> answer, ServerCallContext context) =>
        await AnswerAsync(
            async cancellationToken =>
            {
                await answer(cancellationToken);
                return true;
            },
            context);

    /// <summary>Failures in the protocol's words.</summary>
    private static async Task<T> AnswerAsync<T>(Func<CancellationToken, Task<T>> answer, ServerCallContext context)
    {
        try
        {
            return await answer(context.CancellationToken);
        }
        catch (ChannelClosedException)
        {
            throw new RpcException(new Status(StatusCode.Unavailable, "the coordinator is shutting down"));
        }
        catch (UnknownSessionException exception)
        {
            throw new RpcException(new Status(StatusCode.Unauthenticated, exception.Message));
        }
        catch (HubException exception)
        {
            // The client has tried again as often as it makes sense: what is left is for people.
            var isMissing = exception.Kind is HubErrorKind.EntryNotFound or HubErrorKind.RepositoryNotFound
                or HubErrorKind.RevisionNotFound;
            throw new RpcException(new Status(
                isMissing ? StatusCode.NotFound : StatusCode.Unavailable, exception.Message));
        }
    }
}
