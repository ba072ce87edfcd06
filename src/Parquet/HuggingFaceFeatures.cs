using System.Text.Json;
using System.Text.Json.Nodes;
using FineWebTorch.Parquet.Format;

namespace FineWebTorch.Parquet;

/// <summary>
/// The metadata entry by which Hugging Face datasets knows a file's columns: <c>{"info": {"features": {name:
/// {"dtype": …, "_type": "Value"}}}}</c>. A file whose columns are others than it says cannot be loaded there, so that
/// every feature of a shard is true of its column.
/// </summary>
public static class HuggingFaceFeatures
{
    internal const string Key = "huggingface";

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    /// <summary>The features of a file: as its entry has them where they are true, else by its columns' types.</summary>
    /// <returns>Name and feature of each column in the file's order; null where a type has no name there.</returns>
    public static JsonObject? Of(ParquetFileInfo file)
    {
        ArgumentNullException.ThrowIfNull(file);
        var entry = file.Metadata.FirstOrDefault(pair => pair.Key == Key).Value;
        var known = entry is null ? null : FeaturesIn(Parse(entry));
        var features = new JsonObject();
        foreach (var column in file.Columns)
        {
            if (True(known, column) is not { } feature)
                return null;
            features.Add(column.Name, feature);
        }
        return features;
    }

    /// <summary>The entry of a shard: that of its input with the score columns, in the shard's order.</summary>
    /// <returns>Null, and why, where the shard cannot have one.</returns>
    internal static (byte[]? Value, string Reason) Extend(byte[] json, ParquetFileInfo input, ShardColumns shard)
    {
        var root = Parse(json);
        var lists = root?["info"] is JsonObject info && info.ContainsKey("features");
        if (root is null || (lists && FeaturesIn(root) is null))
            return (null, "it is not the JSON of Hugging Face datasets");
        if (FeaturesIn(root) is not { } known)
            return (json, "");
        var features = new JsonObject();
        foreach (var column in shard.Columns)
        {
            var feature = column.Source is { } source
                ? True(known, input.Columns[source])
                : Value(column.IsScore ? "float64" : "int64");
            if (feature is null)
            {
                var type = input.Columns[column.Source!.Value].Type;
                return (null, $"it does not describe column '{column.Name}', which is {type}");
            }
            features.Add(column.Name, feature);
        }
        root["info"]!["features"] = features;
        return (JsonSerializer.SerializeToUtf8Bytes<JsonNode>(root), "");
    }

    private static JsonObject? Parse(byte[] json)
    {
        try
        {
            return JsonNode.Parse(json, documentOptions: Strict) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static JsonObject? FeaturesIn(JsonObject? root) => (root?["info"] as JsonObject)?["features"] as JsonObject;

    /// <returns>A copy of the feature that the file has, or one made of the column's type; null where it has no name.
    /// </returns>
    private static JsonNode? True(JsonObject? known, ParquetColumn column) =>
        known?[column.Name] is { } feature && FeatureTypes.Describes(feature, column.Type)
            ? feature.DeepClone()
            : FeatureTypes.Of(column.Type);

    private static JsonObject Value(string dtype) => new() { ["dtype"] = dtype, ["_type"] = "Value" };
}
