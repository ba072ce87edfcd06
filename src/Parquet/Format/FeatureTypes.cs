using System.Text.Json.Nodes;

namespace FineWebTorch.Parquet.Format;

/// <summary>
/// Features of Hugging Face datasets beside Arrow types: what a type is called there, and whether what stands there of
/// a column can be true (datasets/features/features.py, generate_from_arrow_type and string_to_arrow).
/// </summary>
internal static class FeatureTypes
{
    /// <summary>What values are, without their width: datasets converts within a kind and not between most.</summary>
    private enum Kind
    {
        /// <summary>Not for us to judge.</summary>
        Unknown,
        Null,
        Boolean,
        Integer,
        Float,
        Decimal,
        Text,
        Binary,
        Time,
        List,
        Struct,
    }

    /// <returns>Null where datasets has no name for the type.</returns>
    public static JsonNode? Of(ArrowType type)
    {
        switch (KindOf(type.Name))
        {
            case Kind.List:
                return Of(type.Fields[0].Type) is { } item
                    ? new JsonObject { ["feature"] = item, ["_type"] = "List" }
                    : null;
            case Kind.Struct:
                var fields = new JsonObject();
                foreach (var field in type.Fields)
                {
                    if (Of(field.Type) is not { } feature || !fields.TryAdd(field.Name, feature))
                        return null;
                }
                return fields.Count > 0 ? fields : null;
            default:
                return DtypeOf(type.Name) is { } dtype
                    ? new JsonObject { ["dtype"] = dtype, ["_type"] = "Value" }
                    : null;
        }
    }

    /// <summary>False where a feature says of a column what it is not; of kinds that are not known here it is true.
    /// </summary>
    public static bool Describes(JsonNode? feature, ArrowType type)
    {
        var (said, stored) = (KindOf(feature), KindOf(type.Name));
        if (said == Kind.Unknown || stored == Kind.Unknown)
            return true;
        // Times of a resolution that Parquet lacks are stored as integers.
        if (said != stored)
            return (said, stored) == (Kind.Time, Kind.Integer);
        return said switch
        {
            Kind.List => ItemOf(feature) is not { } item || Describes(item, type.Fields[0].Type),
            Kind.Struct when IsPlainStruct(feature) => DescribesFields(feature!.AsObject(), type),
            _ => true,
        };
    }

    private static bool DescribesFields(JsonObject features, ArrowType type) =>
        features.Count == type.Fields.Count
        && type.Fields.All(field => features.TryGetPropertyValue(field.Name, out var feature)
            && Describes(feature, field.Type));

    private static Kind KindOf(JsonNode? feature) => feature switch
    {
        JsonArray => Kind.List,
        JsonObject { Count: > 0 } fields when IsPlainStruct(fields) => Kind.Struct,
        JsonObject value => TextOf(value["_type"]) switch
        {
            "Value" => KindOfDtype(TextOf(value["dtype"])),
            "ClassLabel" => Kind.Integer,
            // A sequence of a struct is stored as a struct of sequences.
            "Sequence" => value["feature"] is JsonObject item && IsPlainStruct(item) ? Kind.Struct : Kind.List,
            "List" or "LargeList" or "Array2D" or "Array3D" or "Array4D" or "Array5D" => Kind.List,
            _ => Kind.Unknown,
        },
        _ => Kind.Unknown,
    };

    private static JsonNode? ItemOf(JsonNode? feature) => feature switch
    {
        JsonArray { Count: 1 } list => list[0],
        JsonObject list when TextOf(list["_type"]) is "List" or "LargeList" or "Sequence" => list["feature"],
        _ => null,
    };

    private static bool IsPlainStruct(JsonNode? feature) =>
        feature is JsonObject fields && TextOf(fields["_type"]) is null;

    private static string? TextOf(JsonNode? node) =>
        node is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    private static Kind KindOfDtype(string? dtype) => dtype switch
    {
        null => Kind.Unknown,
        "float16" or "float32" or "float64" => Kind.Float,
        _ => KindOf(dtype),
    };

    private static Kind KindOf(string type) => type switch
    {
        ArrowType.List or ArrowType.LargeList or ArrowType.ListView or ArrowType.LargeListView
            or ArrowType.FixedSizeList => Kind.List,
        ArrowType.Struct => Kind.Struct,
        "null" => Kind.Null,
        "bool" => Kind.Boolean,
        "int8" or "int16" or "int32" or "int64" or "uint8" or "uint16" or "uint32" or "uint64" => Kind.Integer,
        "halffloat" or "float" or "double" => Kind.Float,
        "string" or "large_string" or "string_view" => Kind.Text,
        "binary" or "large_binary" or "binary_view" => Kind.Binary,
        _ when type.StartsWith("decimal", StringComparison.Ordinal) => Kind.Decimal,
        _ when type.StartsWith("dictionary<values=string", StringComparison.Ordinal) => Kind.Text,
        _ when type.StartsWith("dictionary<values=binary", StringComparison.Ordinal) => Kind.Binary,
        _ when type.StartsWith("fixed_size_binary", StringComparison.Ordinal) => Kind.Binary,
        _ when type.StartsWith("date", StringComparison.Ordinal) || type.StartsWith("time", StringComparison.Ordinal)
            || type.StartsWith("duration", StringComparison.Ordinal) => Kind.Time,
        _ => Kind.Unknown,
    };

    private static string? DtypeOf(string type) => (KindOf(type), type) switch
    {
        (_, "halffloat") => "float16",
        (_, "float") => "float32",
        (_, "double") => "float64",
        (_, "date32[day]") => "date32",
        (Kind.Text, _) when type.StartsWith("dictionary", StringComparison.Ordinal) => "string",
        (Kind.Binary, "binary" or "large_binary" or "binary_view") => type,
        (Kind.Binary or Kind.Unknown, _) => null,
        _ => type,
    };
}
