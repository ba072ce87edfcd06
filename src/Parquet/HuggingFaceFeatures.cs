using System.Text.Json;
using System.Text.Json.Nodes;

namespace FineWebTorch.Parquet;

/// <summary>
/// The metadata entry by which Hugging Face datasets knows a file's columns: <c>{"info": {"features": {name:
/// {"dtype": …, "_type": "Value"}}}}</c>. A file with columns that it does not list cannot be loaded there.
/// </summary>
internal static class HuggingFaceFeatures
{
    public const string Key = "huggingface";

    /// <summary>The entry with the score columns, in place of any of their names; null if not understood.</summary>
    public static byte[]? Extend(byte[] json, ShardColumns columns)
    {
        try
        {
            if (JsonNode.Parse(json) is not JsonObject root)
                return null;
            if (root["info"] is not JsonObject { } info || !info.ContainsKey("features"))
                return json;
            if (info["features"] is not JsonObject features)
                return null;
            foreach (var column in columns.Columns.Where(column => column.Source is null))
                Set(features, column.Name, column.IsScore ? "float64" : "int64");
            return JsonSerializer.SerializeToUtf8Bytes<JsonNode>(root);
        }
        // Twice the same name in an object is an ArgumentException.
        catch (Exception exception) when (exception is JsonException or ArgumentException or InvalidOperationException)
        {
            return null;
        }
    }

    private static void Set(JsonObject features, string column, string dtype)
    {
        var feature = new JsonObject { ["dtype"] = dtype, ["_type"] = "Value" };
        var index = features.ToList().FindIndex(entry => ColumnNames.Comparer.Equals(entry.Key, column));
        if (index < 0)
        {
            features.Add(column, feature);
            return;
        }
        features.RemoveAt(index);
        features.Insert(index, column, feature);
    }
}
