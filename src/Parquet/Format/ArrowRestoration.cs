namespace FineWebTorch.Parquet.Format;

/// <summary>
/// Restores from the Arrow schema in the metadata what the Parquet schema alone does not tell of types, by the rules
/// of Arrow's C++ reader (parquet/arrow/schema.cc, ApplyOriginalMetadata).
/// </summary>
internal static class ArrowRestoration
{
    /// <summary>The columns with what the metadata adds to their types.</summary>
    /// <param name="schema">Null where there is none; one that does not fit adds nothing.</param>
    public static IReadOnlyList<ArrowField> Apply(IReadOnlyList<ArrowField> columns, ArrowSchemaMessage? schema) =>
        schema is null || schema.Fields.Count != columns.Count
            ? columns
            : [.. columns.Zip(schema.Fields, Restore)];

    private static ArrowField Restore(ArrowField field, ArrowSchemaField origin) =>
        field with { Type = Restore(field.Type, origin) };

    private static ArrowType Restore(ArrowType type, ArrowSchemaField origin)
    {
        if (origin.Extension is { } extension)
            return new ArrowType($"extension<{extension}>");
        if (type.Fields.Count > 0)
            return RestoreNested(type, origin);
        if (origin.IsDictionary && type.Name is "string" or "binary")
        {
            return new ArrowType(
                $"dictionary<values={type.Name}, indices=int32, ordered={(origin.IsOrdered ? 1 : 0)}>");
        }
        return new ArrowType(RestoreLeaf(type.Name, origin));
    }

    private static string RestoreLeaf(string name, ArrowSchemaField origin) => (origin.Kind, name) switch
    {
        (ArrowKind.Timestamp, _) when !string.IsNullOrEmpty(origin.TimeZone)
            => name.Replace("tz=UTC", $"tz={origin.TimeZone}", StringComparison.Ordinal),
        (ArrowKind.Duration, "int64") => $"duration[{origin.Unit}]",
        (ArrowKind.LargeUtf8, "string") => "large_string",
        (ArrowKind.Utf8View, "string") => "string_view",
        (ArrowKind.LargeBinary, "binary") => "large_binary",
        (ArrowKind.BinaryView, "binary") => "binary_view",
        (ArrowKind.Decimal, _) when origin.BitWidth == 256
            => name.Replace("decimal128", "decimal256", StringComparison.Ordinal),
        _ => name,
    };

    private static ArrowType RestoreNested(ArrowType type, ArrowSchemaField origin)
    {
        // A map's one child in Arrow is the struct of its keys and values.
        var children = origin is { Kind: ArrowKind.Map, Children: [var entries] } ? entries.Children : origin.Children;
        if (children.Count != type.Fields.Count || !Fits(type.Name, origin.Kind))
            return type;
        return new ArrowType(ListName(type.Name, origin.Kind), [.. type.Fields.Zip(children, Restore)])
        {
            ListSize = origin.ListSize,
        };
    }

    private static bool Fits(string name, ArrowKind kind) => name switch
    {
        ArrowType.Struct => kind == ArrowKind.Struct,
        ArrowType.Map => kind == ArrowKind.Map,
        _ => kind is ArrowKind.List or ArrowKind.LargeList or ArrowKind.FixedSizeList
            or ArrowKind.ListView or ArrowKind.LargeListView,
    };

    private static string ListName(string name, ArrowKind kind) => kind switch
    {
        ArrowKind.LargeList => ArrowType.LargeList,
        ArrowKind.FixedSizeList => ArrowType.FixedSizeList,
        ArrowKind.ListView => ArrowType.ListView,
        ArrowKind.LargeListView => ArrowType.LargeListView,
        _ => name,
    };
}
