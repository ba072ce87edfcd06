using FineWebTorch.Coordinator.Inputs;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Options;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Hub;
using FineWebTorch.Parquet;

namespace FineWebTorch.Coordinator.Publishing;

/// <summary>What a card can say of the columns of all shards.</summary>
/// <param name="Features">
/// Those that every shard has, of the same type in each; null where one is of a kind that cannot be named for certain:
/// better no list than a wrong one.
/// </param>
/// <param name="NotInAll">Names of the columns that some shards lack, or have of another type.</param>
internal sealed record CardFeatures(IReadOnlyList<CardFeature>? Features, IReadOnlyList<string> NotInAll)
{
    /// <param name="sets">The features of files of each set of columns, see <see cref="Of(ParquetFileInfo)"/>.</param>
    public static CardFeatures Common(IReadOnlyList<IReadOnlyList<CardFeature>?> sets, RunSpec spec)
    {
        if (sets.Any(set => set is null))
            return new CardFeatures(null, []);
        var counts = sets.SelectMany(set => set!).CountBy(Line).ToDictionary(StringComparer.Ordinal);
        bool IsInAll(CardFeature feature) => counts[Line(feature)] == sets.Count;
        string[] scores = [spec.ScoreColumn, spec.IntScoreColumn];
        bool IsScore(CardFeature feature) => scores.Contains(feature.Name, StringComparer.OrdinalIgnoreCase);
        return new CardFeatures(
            [.. sets[0]!.Where(feature => IsInAll(feature) && !IsScore(feature)),
                new CardFeature(spec.ScoreColumn, new CardFeatureType.Value("float64")),
                new CardFeature(spec.IntScoreColumn, new CardFeatureType.Value("int64"))],
            [.. sets.SelectMany(set => set!).Where(feature => !IsInAll(feature) && !IsScore(feature))
                .Select(feature => feature.Name).Distinct(StringComparer.Ordinal)]);
    }

    /// <returns>Null where a column is of a kind that cannot be named.</returns>
    public static IReadOnlyList<CardFeature>? Of(ParquetFileInfo input) =>
        HuggingFaceFeatures.Of(input) is { } features ? CardFeatureType.FromDatasets(features) : null;

    private static string Line(CardFeature feature) => $"{feature.Name}\0{Text(feature.Type)}";

    private static string Text(CardFeatureType type) => type switch
    {
        CardFeatureType.Value value => value.Dtype,
        CardFeatureType.List list => $"[{Text(list.Item)}]",
        CardFeatureType.Struct group =>
            $"{{{string.Join(',', group.Fields.Select(Line).Order(StringComparer.Ordinal))}}}",
        _ => type.ToString(),
    };
}

/// <summary>Reads footers for the card: those of one file of each set of columns.</summary>
internal sealed class CardSource(RunCore core, HubInput? input)
{
    public async Task<CardFeatures> FeaturesAsync(
        IReadOnlyList<PublishedShard> shards, CancellationToken cancellationToken)
    {
        var sets = new List<IReadOnlyList<CardFeature>?>();
        var files = shards.Select(shard => core.Files[shard.Shard.File].Record);
        foreach (var file in files.DistinctBy(file => file.Columns))
            sets.Add(await ReadAsync(file, cancellationToken));
        return CardFeatures.Common(sets, core.Spec);
    }

    private async Task<IReadOnlyList<CardFeature>?> ReadAsync(FileRecord file, CancellationToken cancellationToken)
    {
        static IReadOnlyList<CardFeature>? Read(string path) => CardFeatures.Of(ParquetFile.Inspect(path));
        return input is not null && HubPaths.IsHub(file.Path)
            ? await input.ReadFooterAsync(file.Path, Read, cancellationToken)
            : Read(file.Path);
    }
}
