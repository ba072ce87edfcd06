using System.Globalization;
using FineWebTorch.Common;

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

    /// <summary>Refuses names of which not each can be a file of its own, here or where the output is copied to.</summary>
    /// <exception cref="UserErrorException">There is one.</exception>
    public static void Demand(IEnumerable<string> names)
    {
        const string Remedy = "give --layout numbered";
        IReadOnlyList<string> all = [.. names];
        var windows = OperatingSystem.IsWindows();
        foreach (var name in all)
        {
            if (ForeignPath.FaultOf(name, windows) is { } fault)
                throw new UserErrorException(
                    $"'{PlainText.Clean(name, 200)}' cannot be the name of a shard: {fault}; {Remedy}");
        }

        if (ForeignPath.FindClash(all) is var (first, second))
            throw new UserErrorException(
                $"the shards {first} and {second} would be one file where upper and lower case or accents are not told " +
                $"apart; {Remedy}");
    }
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
