namespace FineWebTorch.Parquet.Schema;

/// <summary>The kinds of type in an Arrow schema (Schema.fbs, union Type), those that matter here.</summary>
internal enum ArrowKind : byte
{
    Decimal = 7,
    Timestamp = 10,
    List = 12,
    Struct = 13,
    FixedSizeList = 16,
    Map = 17,
    Duration = 18,
    LargeBinary = 19,
    LargeUtf8 = 20,
    LargeList = 21,
    BinaryView = 23,
    Utf8View = 24,
    ListView = 25,
    LargeListView = 26,
}

/// <summary>A field of the Arrow schema in the metadata: what the Parquet schema alone does not tell.</summary>
internal sealed record ArrowSchemaField(ArrowKind Kind, IReadOnlyList<ArrowSchemaField> Children)
{
    /// <summary>Deeper than any real schema.</summary>
    private const int MaximumDepth = 100;

    public string? TimeZone { get; init; }

    /// <summary>Of a duration.</summary>
    public string Unit { get; init; } = "";

    /// <summary>Of a fixed-size list.</summary>
    public int ListSize { get; init; }

    /// <summary>Bits of a decimal.</summary>
    public int BitWidth { get; init; }

    public bool IsDictionary { get; init; }

    public bool IsOrdered { get; init; }

    /// <summary>Name of an extension type.</summary>
    public string? Extension { get; init; }

    /// <summary>Reads a Field table of Schema.fbs.</summary>
    public static ArrowSchemaField Read(FlatTable field, int depth = 0)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(depth, MaximumDepth);
        var kind = (ArrowKind)field.Byte(2);
        var type = field.Table(3);
        var dictionary = field.Table(4);
        return new ArrowSchemaField(kind, [.. field.Tables(5).Select(child => Read(child, depth + 1))])
        {
            TimeZone = kind == ArrowKind.Timestamp ? type?.Text(1) : null,
            Unit = kind == ArrowKind.Duration ? Units(type?.Int16(0, missing: 1) ?? 1) : "",
            ListSize = kind == ArrowKind.FixedSizeList ? type?.Int32(0) ?? 0 : 0,
            BitWidth = kind == ArrowKind.Decimal ? type?.Int32(2, missing: 128) ?? 128 : 0,
            IsDictionary = dictionary is not null,
            IsOrdered = dictionary?.Byte(2) == 1,
            Extension = field.Tables(6)
                .Where(entry => entry.Text(0) == "ARROW:extension:name")
                .Select(entry => entry.Text(1))
                .FirstOrDefault(),
        };
    }

    private static string Units(short unit) => unit switch { 0 => "s", 1 => "ms", 2 => "us", _ => "ns" };
}
