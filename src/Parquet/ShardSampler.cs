namespace FineWebTorch.Parquet;

/// <summary>Reads single rows of a shard, to score them again.</summary>
public static class ShardSampler
{
    /// <summary>The asked-for rows in ascending order; row groups without one are not read.</summary>
    /// <exception cref="ParquetFileException">The shard cannot be used, or has no such row.</exception>
    public static IEnumerable<SampledRow> Read(
        string shardPath, string textColumn, string scoreColumn, IReadOnlyList<long> rows)
        => throw new NotImplementedException(shardPath + textColumn + scoreColumn + rows);
}
