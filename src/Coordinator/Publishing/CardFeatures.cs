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

/// <summary>What a card needs that neither the run's options nor its shards' records say.</summary>
/// <param name="Source">Of the dataset that the input is from.</param>
/// <param name="Scores">Of all rows that were scored for the shards.</param>
internal sealed record CardParts(CardFeatures Features, SourceCard Source, ScoreDistribution Scores);

/// <summary>Reads for the card: footers of one file of each set of columns, the source's card, the scores.</summary>
internal sealed class CardSource(RunCore core, ILedger ledger, HubInput? input)
{
    private const string FileName = "README.md";

    public async Task<CardParts> ReadAsync(
        IReadOnlyList<PublishedShard> shards, CancellationToken cancellationToken)
    {
        var scores = new ScoreDistribution();
        foreach (var (_, window) in shards.SelectMany(shard => ledger.ReadScores(shard.Shard.File)))
            scores.Add(window);
        return new CardParts(
            await FeaturesAsync(shards, cancellationToken),
            await SourceAsync(core.Files[shards[0].Shard.File].Record.Path, cancellationToken),
            scores);
    }

    /// <summary>On the Hub the repository's; here one beside the file or a folder above, as copies of datasets have it.
    /// </summary>
    private async Task<SourceCard> SourceAsync(string file, CancellationToken cancellationToken)
    {
        if (input is not null && HubPaths.IsHub(file))
            return SourceCard.Parse(await input.ReadTextAsync(file, FileName, cancellationToken) ?? "");
        var folder = Path.GetDirectoryName(file)!;
        string?[] folders = [folder, Path.GetDirectoryName(folder)];
        foreach (var card in folders.OfType<string>().Select(one => Path.Combine(one, FileName)).Where(File.Exists))
        {
            if (SourceCard.Parse(await File.ReadAllTextAsync(card, cancellationToken)) is var source &&
                source != SourceCard.Empty)
                return source;
        }

        return SourceCard.Empty;
    }

    private async Task<CardFeatures> FeaturesAsync(
        IReadOnlyList<PublishedShard> shards, CancellationToken cancellationToken)
    {
        var sets = new List<IReadOnlyList<CardFeature>?>();
        var files = shards.Select(shard => core.Files[shard.Shard.File].Record);
        foreach (var same in files.GroupBy(file => file.Columns))
            sets.Add(same.FirstOrDefault(IsThere) is { } file ? await ReadAsync(file, cancellationToken) : null);
        return CardFeatures.Common(sets, core.Spec);
    }

    /// <summary>Inputs of files that are done may be gone.</summary>
    private static bool IsThere(FileRecord file) =>
        HubPaths.IsHub(file.Path) || (new FileInfo(file.Path) is { Exists: true } input && input.Length == file.Size);

    private async Task<IReadOnlyList<CardFeature>?> ReadAsync(FileRecord file, CancellationToken cancellationToken)
    {
        static IReadOnlyList<CardFeature>? Read(string path) => CardFeatures.Of(ParquetFile.Inspect(path));
        return input is not null && HubPaths.IsHub(file.Path)
            ? await input.ReadFooterAsync(file.Path, Read, cancellationToken)
            : Read(file.Path);
    }
}
