using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Parquet;

namespace FineWebTorch.Coordinator.Verification;

/// <summary>Where the finished shards of a run are.</summary>
internal interface IShardPlace
{
    /// <summary>For the last line of a verification.</summary>
    string Description { get; }

    /// <summary>What messages call a shard.</summary>
    string NameOf(ShardRecord shard);

    /// <summary>Compares shards with the ledger.</summary>
    /// <returns>A line for each that differs.</returns>
    Task<IReadOnlyList<string>> CheckAsync(IReadOnlyList<ShardRecord> shards, CancellationToken cancellationToken);

    /// <summary>Texts and scores of some rows of a shard.</summary>
    /// <param name="rows">Numbers in the shard, ascending.</param>
    Task<IReadOnlyList<SampledRow>> ReadAsync(
        ShardRecord shard, IReadOnlyList<long> rows, CancellationToken cancellationToken);
}
