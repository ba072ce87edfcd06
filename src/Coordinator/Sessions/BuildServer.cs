using FineWebTorch.Common;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Publishing;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Hub;
using FineWebTorch.Protos.V1;
using Google.Protobuf;
using Grpc.Core;

namespace FineWebTorch.Coordinator.Sessions;

/// <summary>What the builder of a shard asks for: the scores of its file, and where to upload the shard.</summary>
/// <param name="hub">Null for a run that writes to a local folder.</param>
internal sealed class BuildServer(RunLoop loop, ILedger ledger, HubOutput? hub)
{
    /// <summary>All scores of the file, whoever computed them.</summary>
    /// <exception cref="RpcException">The fencing token is not of a valid build lease.</exception>
    public async Task SendScoresAsync(
        Secret session, ulong fence, IAsyncStreamWriter<WindowScores> destination, CancellationToken cancellationToken)
    {
        var ticket = await FindAsync(session, fence, cancellationToken);
        foreach (var (window, scores) in ledger.ReadScores(ticket.File.Index))
        {
            await destination.WriteAsync(
                new WindowScores
                {
                    Window = (uint)window,
                    Scores = UnsafeByteOperations.UnsafeWrap(LittleEndian.FromFloats(scores)),
                },
                cancellationToken);
        }
    }

    /// <summary>Signed addresses to upload a shard to; asked again, fresh ones.</summary>
    /// <exception cref="RpcException">Not for a valid build lease of a run that publishes.</exception>
    /// <exception cref="HubException">The Hub does not answer, or refuses.</exception>
    public async Task<UploadPlan> PlanUploadAsync(
        Secret session, PlanUploadRequest request, CancellationToken cancellationToken)
    {
        if (hub is null)
            throw Refused("this run's output is not on the Hub");
        if (!Sha256.IsOne(request.Sha256) || request.Size == 0)
            throw Refused("a shard to upload has a size and a sha256 in lower-case hexadecimal");
        var ticket = await FindAsync(session, request.Fence, cancellationToken);
        if (ShardChecks.SizeFault(request.Size, ticket.File) is { } fault)
            throw Refused(fault);
        var actions = await hub.PlanAsync(new LfsObject(request.Sha256, (long)request.Size), cancellationToken);
        var plan = new UploadPlan
        {
            UploadUrl = actions.UploadUrl ?? "",
            ChunkSize = (ulong)(actions.ChunkSize ?? 0),
            Endpoint = hub.Hub.Client.Options.Endpoint.AbsoluteUri,
        };
        plan.PartUrls.AddRange(actions.PartUrls);
        return plan;
    }

    private async Task<ShardTicket> FindAsync(Secret session, ulong fence, CancellationToken cancellationToken) =>
        await loop.FindBuildAsync(session, fence, cancellationToken) is { Delivered: null, Refusal: null } ticket
            ? ticket
            : throw Refused($"build lease {fence} has ended or gone to another worker");

    private static RpcException Refused(string reason) => new(new Status(StatusCode.FailedPrecondition, reason));
}
