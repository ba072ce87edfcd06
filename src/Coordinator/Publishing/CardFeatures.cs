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
/// <param name="Input">Path of the first file.</param>
internal sealed record CardParts(
    CardFeatures Features, SourceCard Source, ScoreDistribution Scores, CardWork Work, string Input);

/// <summary>Who has scored the rows of the shards, and when.</summary>
internal sealed class CardWork
{
    public Dictionary<string, long> RowsByDevice { get; } = new(StringComparer.Ordinal);

    /// <summary>Null while nobody has scored anything.</summary>
    public DateTimeOffset? First { get; private set; }

    public DateTimeOffset? Last { get; private set; }

    public void Add(WorkRecord work)
    {
        RowsByDevice[work.Device] = RowsByDevice.GetValueOrDefault(work.Device) + work.Rows;
        First = First < work.First ? First : work.First;
        Last = Last > work.Last ? Last : work.Last;
    }
}

/// <summary>Reads for the card: footers of one file of each set of columns, the source's card, the scores.</summary>
internal sealed class CardSource(RunCore core, ILedger ledger, HubInput? input)
{
    private const string FileName = "README.md";

    /// <summary>Of the files that are done; there is at least one.</summary>
    public async Task<CardParts> ReadAsync(CancellationToken cancellationToken)
    {
        var (scores, work) = (new ScoreDistribution(), new CardWork());
        // Of each set of columns the first file that is still there.
        var sets = new OrderedDictionary<string, FileRecord?>(StringComparer.Ordinal);
        string? first = null;
        foreach (var file in core.ReadFinished(ledger))
        {
            var record = file.Record;
            first ??= record.Path;
            foreach (var done in file.Work)
                work.Add(done);
            foreach (var (_, window) in ledger.ReadScores(record.Index))
                scores.Add(window);
            if (sets.GetValueOrDefault(record.Columns ?? "") is null)
                sets[record.Columns ?? ""] = IsThere(record) ? record : null;
        }

        return new CardParts(
            await FeaturesAsync(sets.Values, cancellationToken), await SourceAsync(first!, cancellationToken), scores, work,
            first!);
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

    /// <param name="files">One of each set of columns, or null.</param>
    private async Task<CardFeatures> FeaturesAsync(
        IEnumerable<FileRecord?> files, CancellationToken cancellationToken)
    {
        var sets = new List<IReadOnlyList<CardFeature>?>();
        foreach (var file in files)
            sets.Add(file is null ? null : await ReadAsync(file, cancellationToken));
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
