namespace FineWebTorch.Coordinator.Shards;

/// <summary>How shards are named.</summary>
internal enum ShardLayout
{
    /// <summary><c>data/train-00000-of-00250.parquet</c>, as the Hub's dataset viewer expects them.</summary>
    Numbered,

    /// <summary>As the input files, in the same folders.</summary>
    Mirror,
}
