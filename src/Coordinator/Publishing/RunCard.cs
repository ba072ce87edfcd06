using System.Text.Json;
using System.Text.Json.Nodes;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Inputs;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Options;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Hub;
using FineWebTorch.Parquet;
using FineWebTorch.Parquet.Format;

namespace FineWebTorch.Coordinator.Publishing;

/// <summary>What a run has to say of itself on its dataset's card.</summary>
internal static class CardContent
{
    public static DatasetCardInfo Create(
        RunCore core, HubRepository repository, IReadOnlyList<PublishedShard> shards,
        IReadOnlyList<CardFeature>? features)
    {
        var run = core.Run;
        var spec = core.Spec;
        var source = HubPaths.IsHub(spec.Input) ? HubPath.Parse(spec.Input).Repository : null;
        var isDataset = source?.Kind == RepositoryKind.Dataset;
        return new DatasetCardInfo
        {
            DataFiles = ShardPattern.Of(spec.Layout, shards.Select(shard => shard.Path)),
            Features = features,
            Rows = shards.Sum(shard => shard.Shard.RowsKept),
            DownloadBytes = shards.Sum(shard => shard.Shard.Size),
            PrettyName = repository.Name,
            SourceDataset = isDataset ? source!.Id : null,
            Facts = [.. Facts(core, shards)],
        };
    }

    /// <summary>Of a local folder its name alone: where it lies on someone's machine is nobody's business.</summary>
    public static string ModelName(RunRecord run) =>
        run.Model.Revision.Length > 0 ? run.Model.Id : Path.GetFileName(run.Model.Path);

    private static IEnumerable<KeyValuePair<string, string>> Facts(
        RunCore core, IReadOnlyList<PublishedShard> shards)
    {
        var run = core.Run;
        var first = core.Files[shards[0].Shard.File].Record.Path;
        if (HubPaths.IsHub(first))
        {
            var place = HubPath.Parse(first);
            yield return new("Source", $"{place.Repository} at {place.Revision}, {shards.Count} files");
        }

        var revision = run.Model.Revision.Length > 0 ? $" at {run.Model.Revision}" : "";
        yield return new("Model", ModelName(run) + revision);
        yield return new("Model sha256", run.Model.Digest);
        yield return new("Precision", Dtypes.Name(run.Dtype));
        yield return new("Rows kept", $"--keep {core.Spec.Keep}: " +
            $"{NumberText.Count(shards.Sum(shard => shard.Shard.RowsKept))} of " +
            $"{NumberText.Count(shards.Sum(shard => shard.Shard.RowsIn))}");
        if (shards.Sum(shard => shard.Shard.RowsUnscorable) is > 0 and var unscorable)
            yield return new("Rows without a score", NumberText.Count(unscorable));
        yield return new("Program", $"finewebtorch {run.ProgramVersion}");
    }
}

/// <summary>The columns of a shard as its dataset's card lists them: those of the input and the scores.</summary>
internal static class CardFeatures
{
    /// <returns>Null where a column is of a kind that cannot be named for certain: better no list than a wrong one.
    /// </returns>
    public static IReadOnlyList<CardFeature>? Of(ParquetFileInfo input, RunSpec spec)
    {
        var features = FromMetadata(input) ?? FromColumns(input.Columns);
        if (features is null)
            return null;
        string[] scores = [spec.ScoreColumn, spec.IntScoreColumn];
        return [.. features.Where(feature => !scores.Contains(feature.Name, StringComparer.OrdinalIgnoreCase)),
            new CardFeature(spec.ScoreColumn, new CardFeatureType.Value("float64")),
            new CardFeature(spec.IntScoreColumn, new CardFeatureType.Value("int64"))];
    }

    private static IReadOnlyList<CardFeature>? FromMetadata(ParquetFileInfo input)
    {
        var entry = input.Metadata.FirstOrDefault(pair => pair.Key == "huggingface").Value;
        if (entry is null)
            return null;
        try
        {
            return JsonNode.Parse(entry)?["info"]?["features"] is JsonObject features
                ? CardFeatureType.FromDatasets(features)
                : null;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or ArgumentException)
        {
            return null;
        }
    }

    private static List<CardFeature>? FromColumns(IEnumerable<ParquetColumn> columns)
    {
        var features = columns.Select(column => (column.Name, Type: TypeOf(column.Type))).ToList();
        return features.Exists(feature => feature.Type is null)
            ? null
            : [.. features.Select(feature => new CardFeature(feature.Name, feature.Type!))];
    }

    private static CardFeatureType? TypeOf(ArrowType type) => type.Name switch
    {
        "string" or "large_string" or "string_view" => CardFeatureType.Text,
        "double" => new CardFeatureType.Value("float64"),
        "float" => new CardFeatureType.Value("float32"),
        "bool" or "int8" or "int16" or "int32" or "int64" or "uint8" or "uint16" or "uint32" or "uint64" =>
            new CardFeatureType.Value(type.Name),
        "date32[day]" => new CardFeatureType.Value("date32"),
        "list" when TypeOf(type.Fields[0].Type) is CardFeatureType.Value item => new CardFeatureType.List(item),
        var name when name.StartsWith("timestamp[", StringComparison.Ordinal) => new CardFeatureType.Value(name),
        _ => null,
    };
}

/// <summary>Reads a footer for the card.</summary>
internal sealed class CardSource(RunCore core, HubInput? input)
{
    /// <summary>Those of the first file: the files of a dataset have the same columns.</summary>
    /// <returns>Null where shards differ from their inputs in a type, or a type has no name in cards.</returns>
    public async Task<IReadOnlyList<CardFeature>?> FeaturesAsync(
        IReadOnlyList<PublishedShard> shards, CancellationToken cancellationToken)
    {
        if (shards.Any(shard => shard.Shard.Warnings.Count > 0))
            return null;
        var path = core.Files[shards[0].Shard.File].Record.Path;
        IReadOnlyList<CardFeature>? Read(string local) => CardFeatures.Of(
            ParquetFile.Inspect(local), core.Spec);
        return input is not null && HubPaths.IsHub(path)
            ? await input.ReadFooterAsync(path, Read, cancellationToken)
            : Read(path);
    }
}
