using System.Globalization;

namespace FineWebTorch.Parquet.Schema;

/// <summary>
/// The Arrow type that Arrow's C++ reader, and so pyarrow, gives a Parquet schema node
/// (parquet/arrow/schema_internal.cc and schema.cc).
/// </summary>
internal static class ArrowTypes
{
    public static ArrowField Of(SchemaElement element)
    {
        var inner = element.PhysicalType is null ? Group(element) : new ArrowType(Leaf(element));
        if (!element.IsRepeated)
            return new ArrowField(element.Name, inner, element.IsNullable);
        // A repeated node outside a list annotation is a list of its own.
        var list = new ArrowType(ArrowType.List, [new ArrowField(element.Name, inner, Nullable: false)]);
        return new ArrowField(element.Name, list, Nullable: false);
    }

    private static ArrowType Group(SchemaElement group)
    {
        var repeated = group.Children is [{ IsRepeated: true } only] ? only : null;
        if (repeated is not null && group.IsAnnotated("LIST", "ListType"))
            return new ArrowType(ArrowType.List, [ListElement(group, repeated)]);
        if (repeated is { Children.Count: 2 }
            && (group.IsAnnotated("MAP", "MapType") || group.ConvertedType == "MAP_KEY_VALUE"))
        {
            return new ArrowType(ArrowType.Map, [Of(repeated.Children[0]), Of(repeated.Children[1])]);
        }
        return new ArrowType(ArrowType.Struct, [.. group.Children.Select(Of)]);
    }

    // Lists have three levels, or two in older files: LogicalTypes.md, "Backward-compatibility rules".
    private static ArrowField ListElement(SchemaElement list, SchemaElement repeated)
    {
        var isWrapper = repeated.Children is [_] && repeated.Name != "array" && repeated.Name != list.Name + "_tuple";
        return isWrapper ? Of(repeated.Children[0]) : Of(repeated with { Repetition = "REQUIRED" });
    }

    private static string Leaf(SchemaElement leaf) => leaf switch
    {
        { ConvertedType: "DECIMAL" } => Decimal(leaf),
        _ when leaf.HasLogicalType("DecimalType") => Decimal(leaf),
        _ when leaf.HasLogicalType("NullType") || leaf.HasLogicalType("UnknownType") => "null",
        { PhysicalType: "BOOLEAN" } => "bool",
        { PhysicalType: "INT32" } => Int32(leaf),
        { PhysicalType: "INT64" } => Int64(leaf),
        { PhysicalType: "INT96" } => "timestamp[ns]",
        { PhysicalType: "FLOAT" } => "float",
        { PhysicalType: "DOUBLE" } => "double",
        { PhysicalType: "FIXED_LEN_BYTE_ARRAY" } when leaf.HasLogicalType("Float16Type") => "halffloat",
        { PhysicalType: "FIXED_LEN_BYTE_ARRAY" } => $"fixed_size_binary[{leaf.Length}]",
        _ when leaf.IsAnnotated("UTF8", "StringType") || leaf.IsAnnotated("JSON", "JsonType") => "string",
        _ => "binary",
    };

    private static string Decimal(SchemaElement leaf)
        => $"{(leaf.Precision > 38 ? "decimal256" : "decimal128")}({leaf.Precision}, {leaf.Scale})";

    private static string Int32(SchemaElement leaf) => leaf.ConvertedType switch
    {
        "INT_8" or "INT_16" or "UINT_8" or "UINT_16" or "UINT_32" => Integer(leaf.ConvertedType),
        "DATE" => "date32[day]",
        "TIME_MILLIS" => "time32[ms]",
        _ when leaf.HasLogicalType("DateType") => "date32[day]",
        _ when leaf.HasLogicalType("TimeType") => "time32[ms]",
        _ => "int32",
    };

    private static string Int64(SchemaElement leaf)
    {
        if (leaf.ConvertedType == "UINT_64")
            return "uint64";
        var isTimestamp = leaf.HasLogicalType("TimestampType");
        if (!isTimestamp && !leaf.HasLogicalType("TimeType"))
            return ConvertedTime(leaf.ConvertedType);
        var unit = leaf.LogicalType!.Contains("NANOS=Nano", StringComparison.Ordinal) ? "ns"
            : leaf.LogicalType.Contains("MICROS=Micro", StringComparison.Ordinal) ? "us" : "ms";
        if (!isTimestamp)
            return $"time64[{unit}]";
        var isUtc = leaf.LogicalType.Contains("isAdjustedToUTC=1", StringComparison.Ordinal);
        return isUtc ? $"timestamp[{unit}, tz=UTC]" : $"timestamp[{unit}]";
    }

    // Older files have no logical types; a timestamp without one has no zone.
    private static string ConvertedTime(string? convertedType) => convertedType switch
    {
        "TIMESTAMP_MILLIS" => "timestamp[ms]",
        "TIMESTAMP_MICROS" => "timestamp[us]",
        "TIME_MICROS" => "time64[us]",
        _ => "int64",
    };

    private static string Integer(string convertedType)
        => convertedType.Replace("_", "", StringComparison.Ordinal).ToLower(CultureInfo.InvariantCulture);
}
