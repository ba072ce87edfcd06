using System.Globalization;

namespace FineWebTorch.Coordinator.Shards;

/// <summary>Names of shards, fixed when a run starts.</summary>
internal static class ShardNames
{
    /// <param name="layout">How.</param>
    /// <param name="inputName">Below the input folder, '/'-separated.</param>
    /// <param name="index">Place in the run's order.</param>
    /// <param name="count">Files in the run.</param>
    public static string Create(ShardLayout layout, string inputName, int index, int count) =>
        layout == ShardLayout.Mirror
            ? inputName
            : string.Create(CultureInfo.InvariantCulture, $"data/train-{index:00000}-of-{count:00000}.parquet");
}
