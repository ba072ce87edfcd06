using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Hub;

namespace FineWebTorch.Coordinator.Publishing;

/// <summary>A shard under the name that it gets in the repository.</summary>
internal sealed record PublishedShard(string Path, ShardRecord Shard)
{
    public LfsObject Blob => new(Shard.Sha256, Shard.Size);
}
