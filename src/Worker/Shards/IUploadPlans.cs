using FineWebTorch.Protos.V1;

namespace FineWebTorch.Worker.Shards;

/// <summary>Who has addresses signed for uploads to the Hub.</summary>
internal interface IUploadPlans
{
    /// <returns>New addresses at every call, or none where storage has the content.</returns>
    Task<UploadPlan> PlanUploadAsync(PlanUploadRequest request, CancellationToken cancellation);
}
