using FineWebTorch.Coordinator.Shards;

namespace FineWebTorch.Coordinator.Publishing;

/// <summary>The patterns by which a dataset's card names its shards.</summary>
internal static class ShardPattern
{
    /// <summary>Files that match belong to the dataset's split, whoever put them there.</summary>
    public static IReadOnlyList<string> Of(ShardLayout layout, IEnumerable<string> names) =>
        layout == ShardLayout.Numbered
            ? ["data/train-*"]
            : [.. names.Select(Folder).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)
                .Select(folder => folder + "*.parquet")];

    private static string Folder(string name) => name[..(name.LastIndexOf('/') + 1)];
}
