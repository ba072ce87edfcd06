using FineWebTorch.Coordinator.Disk;
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

/// <summary>Shards in a folder of this machine.</summary>
internal sealed class LocalShards(RunPlaces places, RowFiles files) : IShardPlace
{
    public string Description => places.Output;

    public string NameOf(ShardRecord shard) => places.ShardPath(shard.Name);

    public async Task<IReadOnlyList<string>> CheckAsync(
        IReadOnlyList<ShardRecord> shards, CancellationToken cancellationToken)
    {
        var faults = new List<string>();
        foreach (var shard in shards)
        {
            if (await CheckAsync(NameOf(shard), shard, cancellationToken) is { } fault)
                faults.Add($"{NameOf(shard)}: {fault}");
        }

        return faults;
    }

    public Task<IReadOnlyList<SampledRow>> ReadAsync(
        ShardRecord shard, IReadOnlyList<long> rows, CancellationToken cancellationToken) =>
        files.ReadAsync(NameOf(shard), withScores: true, rows, cancellationToken);

    private static async Task<string?> CheckAsync(
        string path, ShardRecord shard, CancellationToken cancellationToken)
    {
        if (!File.Exists(path))
            return "the shard is not there";
        if (new FileInfo(path).Length != shard.Size)
            return $"the shard has {new FileInfo(path).Length} bytes instead of {shard.Size}";
        return await Digests.OfFileAsync(path, cancellationToken) == shard.Sha256
            ? null
            : "the shard's sha256 is not that of the ledger";
    }
}
