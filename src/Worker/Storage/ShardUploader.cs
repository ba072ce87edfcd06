using FineWebTorch.Hub;
using FineWebTorch.Parquet;
using FineWebTorch.Protos.V1;
using FineWebTorch.Worker.Rpc;

namespace FineWebTorch.Worker.Storage;

/// <summary>
/// Carries finished shards to the Hub's storage by addresses that the coordinator gets signed. The Hub's token stays
/// there.
/// </summary>
internal sealed class ShardUploader(ObjectUploader uploader, CoordinatorCalls plans, StoragePatience patience)
{
    /// <summary>Ends when storage has the shard; parts that arrived are not sent again.</summary>
    /// <param name="fence">Of the build lease.</param>
    /// <exception cref="HubException">Storage stayed away, or refused the shard.</exception>
    public async Task UploadAsync(string path, ulong fence, ShardResult shard, CancellationToken cancellation)
    {
        var blob = new LfsObject(shard.Sha256, shard.Size);
        var arrived = new MultipartState();
        await patience.RunAsync(
            async () => await uploader.UploadAsync(
                path, await PlanAsync(cancellation), PlanAsync, arrived, cancellation),
            cancellation);

        async Task<UploadActions> PlanAsync(CancellationToken token)
        {
            var request = new PlanUploadRequest { Fence = fence, Size = (ulong)shard.Size, Sha256 = shard.Sha256 };
            return ToActions(blob, await plans.PlanUploadAsync(request, token));
        }
    }

    // The coordinator has the upload verified: that needs the token.
    private static UploadActions ToActions(LfsObject blob, UploadPlan plan) => new(
        blob,
        plan.UploadUrl.Length == 0 ? null : plan.UploadUrl,
        plan.ChunkSize == 0 ? null : checked((long)plan.ChunkSize),
        plan.PartUrls,
        VerifyUrl: null);
}
