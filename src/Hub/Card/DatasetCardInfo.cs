using System.Text.Json.Nodes;

namespace FineWebTorch.Hub;

/// <summary>What a published dataset's card says.</summary>
public sealed record DatasetCardInfo
{
    /// <summary>The configuration that this run fills; others on an existing card are left alone.</summary>
    public string ConfigName { get; init; } = "default";

    /// <summary>The split's files, as globs relative to the repository's root.</summary>
    public required IReadOnlyList<string> DataFiles { get; init; }

    public string Split { get; init; } = "train";

    /// <summary>In the files' order, types exact: a wrong one overrides the file's. Null leaves the list out.</summary>
    public IReadOnlyList<CardFeature>? Features { get; init; }

    /// <summary>Exact, or null: <c>datasets</c> refuses to load where it is wrong.</summary>
    public long? Rows { get; init; }

    /// <summary>Of the Parquet files together.</summary>
    public long? DownloadBytes { get; init; }

    /// <summary>In memory, approximately; <see cref="DownloadBytes"/> where null.</summary>
    public long? DatasetBytes { get; init; }

    public required string PrettyName { get; init; }

    /// <summary><c>owner/name</c> of the input, where it is on the Hub.</summary>
    public string? SourceDataset { get; init; }

    /// <summary><c>owner/name</c> of the model that was used, where it is on the Hub.</summary>
    public string? BaseModel { get; init; }

    /// <summary>What the source's card says of its licence and languages.</summary>
    public SourceCard Source { get; init; } = SourceCard.Empty;

    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>Lines of Markdown that come before the table of <see cref="Facts"/>.</summary>
    public IReadOnlyList<string> Text { get; init; } = [];

    /// <summary>Lines of the table in the body: what was scored by what, how it was filtered.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Facts { get; init; } = [];
}

/// <summary>A column as datasets names it.</summary>
/// <param name="Type">See <see cref="CardFeatureType"/>.</param>
public sealed record CardFeature(string Name, CardFeatureType Type);

/// <summary>A column's type in the terms of a card.</summary>
public abstract record CardFeatureType
{
    /// <param name="Dtype"><c>string</c>, <c>int64</c>, <c>float32</c>, <c>timestamp[ms]</c> …</param>
    public sealed record Value(string Dtype) : CardFeatureType;

    public sealed record List(CardFeatureType Item) : CardFeatureType;

    public sealed record Struct(IReadOnlyList<CardFeature> Fields) : CardFeatureType;

    public static CardFeatureType Text { get; } = new Value("string");

    /// <summary>
    /// Reads the <c>features</c> that a Parquet file's <c>huggingface</c> metadata entry holds.
    /// </summary>
    /// <returns>
    /// Null where a feature is of a kind that this program does not know: better no list than a wrong one.
    /// </returns>
    public static IReadOnlyList<CardFeature>? FromDatasets(JsonObject features)
    {
        var read = features.Select(pair => (pair.Key, Type: ReadType(pair.Value))).ToList();
        return read.Exists(one => one.Type is null) ? null
            : [.. read.Select(one => new CardFeature(one.Key, one.Type!))];
    }

    private static CardFeatureType? ReadType(JsonNode? node) => node switch
    {
        JsonObject feature => (feature["_type"] as JsonValue)?.ToString() switch
        {
            "Value" => (feature["dtype"] as JsonValue)?.ToString() is { } dtype ? new Value(dtype) : null,
            "List" or "LargeList" => ListOf(feature["feature"]),
            "Sequence" => ListOf(feature["feature"]) is { Item: not Struct } list ? list : null,
            null => FromDatasets(feature) is { } fields ? new Struct(fields) : null,
            _ => null,
        },
        JsonArray { Count: 1 } list => ListOf(list[0]),
        _ => null,
    };

    private static List? ListOf(JsonNode? item) => ReadType(item) is { } type ? new List(type) : null;
}
