namespace FineWebTorch.Parquet.Format;

/// <summary>
/// The Arrow type that Arrow's C++ reader, and so pyarrow, gives a Parquet schema node
/// (parquet/arrow/schema_internal.cc and schema.cc).
/// </summary>
/// <remarks>The library describes a file's columns all or none; a file with one odd column still has a text.</remarks>
internal static class ArrowTypes
{
    public static ArrowField Of(SchemaElement element)
    {
        var inner = element.Storage is null ? Group(element) : new ArrowType(LeafName(element));
        if (!element.IsRepeated)
            return new ArrowField(element.Name, inner, element.IsNullable);
        // A repeated node outside a list annotation is a list of its own.
        var list = new ArrowType(ArrowType.List, [new ArrowField(element.Name, inner, Nullable: false)]);
        return new ArrowField(element.Name, list, Nullable: false);
    }

    private static ArrowType Group(SchemaElement group)
    {
        var repeated = group.Children is [{ IsRepeated: true } only] ? only : null;
        if (repeated is not null && group.Meaning == Meaning.List)
            return new ArrowType(ArrowType.List, [ListElement(group, repeated)]);
        if (repeated is { Children.Count: 2 } && group.Meaning == Meaning.Map)
            return new ArrowType(ArrowType.Map, [Of(repeated.Children[0]), Of(repeated.Children[1])]);
        return new ArrowType(ArrowType.Struct, [.. group.Children.Select(Of)]);
    }

    // Lists have three levels, or two in older files: LogicalTypes.md, "Backward-compatibility rules".
    private static ArrowField ListElement(SchemaElement list, SchemaElement repeated)
    {
        var isWrapper = repeated.Children is [_] && repeated.Name != "array" && repeated.Name != list.Name + "_tuple";
        return isWrapper ? Of(repeated.Children[0]) : Of(repeated with { Occurrence = Occurrence.Required });
    }

    private static string LeafName(SchemaElement leaf) => leaf.Meaning switch
    {
        Meaning.Decimal => $"{(leaf.Precision > 38 ? "decimal256" : "decimal128")}({leaf.Precision}, {leaf.Scale})",
        Meaning.Null => "null",
        Meaning.Date => "date32[day]",
        Meaning.Time => leaf.Unit == "ms" ? "time32[ms]" : $"time64[{leaf.Unit}]",
        Meaning.Timestamp => leaf.IsInstant ? $"timestamp[{leaf.Unit}, tz=UTC]" : $"timestamp[{leaf.Unit}]",
        Meaning.Integer => $"{(leaf.IsSigned ? "" : "u")}int{leaf.BitWidth}",
        Meaning.Float16 => "halffloat",
        Meaning.String or Meaning.Json => "string",
        _ => StorageName(leaf),
    };

    private static string StorageName(SchemaElement leaf) => leaf.Storage switch
    {
        StorageType.Boolean => "bool",
        StorageType.Int32 => "int32",
        StorageType.Int64 => "int64",
        StorageType.Int96 => "timestamp[ns]",
        StorageType.Float => "float",
        StorageType.Double => "double",
        StorageType.FixedLenByteArray => $"fixed_size_binary[{leaf.Length}]",
        _ => "binary",
    };
}
