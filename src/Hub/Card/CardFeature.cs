using System.Text.Json.Nodes;

namespace FineWebTorch.Hub;

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
            "List" or "LargeList" or "Sequence" =>
                ReadType(feature["feature"]) is { } item && item is not Struct ? new List(item)
                : feature["_type"]!.ToString() == "Sequence" ? null
                : ReadType(feature["feature"]) is { } nested ? new List(nested) : null,
            null => FromDatasets(feature) is { } fields ? new Struct(fields) : null,
            _ => null,
        },
        JsonArray { Count: 1 } list => ReadType(list[0]) is { } item ? new List(item) : null,
        _ => null,
    };
}
