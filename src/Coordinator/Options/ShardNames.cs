using System.Globalization;

namespace FineWebTorch.Coordinator.Options;

/// <summary>Names of shards, fixed when a run starts.</summary>
internal static class ShardNames
{
    /// <summary>Where numbered shards lie, below the output.</summary>
    public const string NumberedFolder = "data";

    /// <param name="layout">How.</param>
    /// <param name="inputName">Below the input folder, '/'-separated.</param>
    /// <param name="index">Place in the run's order.</param>
    /// <param name="count">Files in the run.</param>
    public static string Create(ShardLayout layout, string inputName, int index, int count) =>
        layout == ShardLayout.Mirror
            ? inputName
            : string.Create(CultureInfo.InvariantCulture, $"{NumberedFolder}/train-{index:00000}-of-{count:00000}.parquet");
}

/// <summary>How shards are named.</summary>
internal enum ShardLayout
{
    /// <summary><c>data/train-00000-of-00250.parquet</c>, as the Hub's dataset viewer expects them.</summary>
    Numbered,

    /// <summary>As the input files, in the same folders.</summary>
    Mirror,
}

/// <summary>The patterns by which a dataset's card names its shards.</summary>
internal static class ShardPattern
{
    /// <summary>Files that match belong to the dataset's split, whoever put them there.</summary>
    public static IReadOnlyList<string> Of(ShardLayout layout, IEnumerable<string> names) =>
        layout == ShardLayout.Numbered
            ? [ShardNames.NumberedFolder + "/train-*"]
            : [.. names.Select(Folder).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)
                .Select(folder => folder + "*.parquet")];

    private static string Folder(string name) => name[..(name.LastIndexOf('/') + 1)];
}
