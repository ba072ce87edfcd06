using FineWebTorch.Protos.V1;

namespace FineWebTorch.Worker.Shards;

/// <summary>What building a shard needs of the coordinator.</summary>
internal interface IShardCalls
{
    /// <summary>Every stored score of the file of a build lease, in row order.</summary>
    Task<List<WindowScores>> ReadScoresAsync(ulong fence, CancellationToken cancellation);

    /// <summary>Hands a shard over.</summary>
    /// <param name="parts">Read again from the beginning when the call is repeated.</param>
    Task DeliverShardAsync(Func<IAsyncEnumerable<ShardPart>> parts, CancellationToken cancellation);
}
