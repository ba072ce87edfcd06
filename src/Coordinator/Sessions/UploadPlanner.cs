using FineWebTorch.Common;
using FineWebTorch.Coordinator.Publishing;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Hub;
using FineWebTorch.Protos.V1;
using Grpc.Core;

namespace FineWebTorch.Coordinator.Sessions;

/// <summary>Gets the builders of shards the signed addresses to upload them to.</summary>
internal sealed class UploadPlanner(RunLoop loop, HubOutput? hub)
{
    /// <exception cref="RpcException">Not for a valid build lease of a run that publishes.</exception>
    /// <exception cref="HubException">The Hub does not answer, or refuses.</exception>
    public async Task<UploadPlan> PlanAsync(PlanUploadRequest request, CancellationToken cancellationToken)
    {
        if (hub is null)
            throw Refused("this run's output is not on the Hub");
        if (!Sha256.IsOne(request.Sha256) || request.Size == 0)
            throw Refused("a shard to upload has a size and a sha256 in lower-case hexadecimal");
        var ticket = await loop.AskAsync<ShardTicket?>(
            answer => new RunCommand.FindBuild(request.Fence, answer), cancellationToken);
        if (ticket is not { Delivered: null })
            throw Refused($"build lease {request.Fence} has ended or gone to another worker");
        var actions = await hub.PlanAsync(new LfsObject(request.Sha256, (long)request.Size), cancellationToken);
        var plan = new UploadPlan { UploadUrl = actions.UploadUrl ?? "", ChunkSize = (ulong)(actions.ChunkSize ?? 0) };
        plan.PartUrls.AddRange(actions.PartUrls);
        return plan;
    }

    private static RpcException Refused(string reason) => new(new Status(StatusCode.FailedPrecondition, reason));
}
