namespace FineWebTorch.Parquet.Format;

/// <summary>How values are stored; numbers as in parquet.thrift.</summary>
internal enum StorageType
{
    Boolean = 0,
    Int32 = 1,
    Int64 = 2,
    Int96 = 3,
    Float = 4,
    Double = 5,
    ByteArray = 6,
    FixedLenByteArray = 7,
}

/// <summary>What values mean: the fields of parquet.thrift's LogicalType, and one that only ConvertedType has.</summary>
internal enum Meaning
{
    None = 0,
    String = 1,
    Map = 2,
    List = 3,
    Enum = 4,
    Decimal = 5,
    Date = 6,
    Time = 7,
    Timestamp = 8,
    Interval = 9,
    Integer = 10,
    Null = 11,
    Json = 12,
    Bson = 13,
    Uuid = 14,
    Float16 = 15,
    Variant = 16,
    Geometry = 17,
    Geography = 18,
}

/// <summary>Whether a value must be there, may be, or may come many times.</summary>
internal enum Occurrence
{
    Required = 0,
    Optional = 1,
    Repeated = 2,
}

/// <summary>
/// A node of a Parquet schema (parquet.thrift, SchemaElement). What it means comes from its LogicalType, or from the
/// older ConvertedType where it has that alone: newer writers leave the one out, older ones the other.
/// </summary>
internal sealed record SchemaElement(string Name)
{
    /// <summary>Null for a group.</summary>
    public StorageType? Storage { get; init; }

    /// <summary>Bytes of a fixed-length byte array.</summary>
    public int Length { get; init; }

    public Occurrence Occurrence { get; init; }

    public Meaning Meaning { get; init; }

    /// <summary>It has a LogicalType newer than this program.</summary>
    public bool IsUnknown { get; init; }

    /// <summary>Of a time or timestamp: "ms", "us" or "ns".</summary>
    public string Unit { get; init; } = "";

    /// <summary>Of a timestamp: an instant, rather than what a clock on some wall showed.</summary>
    public bool IsInstant { get; init; }

    /// <summary>Of an integer.</summary>
    public int BitWidth { get; init; }

    /// <summary>Of an integer.</summary>
    public bool IsSigned { get; init; }

    /// <summary>Of a decimal.</summary>
    public int Precision { get; init; }

    /// <summary>Of a decimal.</summary>
    public int Scale { get; init; }

    public IReadOnlyList<SchemaElement> Children { get; init; } = [];

    public bool IsRepeated => Occurrence == Occurrence.Repeated;

    public bool IsNullable => Occurrence == Occurrence.Optional;

    /// <summary>Whether its values are UTF-8: those of enumerations and JSON are text as well.</summary>
    public bool IsText => Storage == StorageType.ByteArray && Meaning is Meaning.String or Meaning.Enum or Meaning.Json;

    /// <summary>Nodes of this tree, itself included.</summary>
    public int Size => 1 + Children.Sum(child => child.Size);

    public bool IsPartlyUnknown => IsUnknown || Children.Any(child => child.IsPartlyUnknown);
}

/// <summary>A column of values: a leaf of the schema.</summary>
/// <param name="Index">Among the leaves of the file.</param>
/// <param name="MaxDefinition">The definition level of a value that is there; 0 where none can be missing.</param>
/// <param name="MaxRepetition">0 where every record has one value or NULL.</param>
internal sealed record Leaf(int Index, SchemaElement Element, string Name, short MaxDefinition, short MaxRepetition)
{
    /// <param name="columns">The top-level columns of a file.</param>
    /// <returns>In the file's order; <see cref="Name"/> is that of the top-level column.</returns>
    public static IReadOnlyList<Leaf> Of(IEnumerable<SchemaElement> columns)
    {
        var leaves = new List<Leaf>();
        foreach (var column in columns)
            Add(leaves, column, column.Name, 0, 0);
        return leaves;
    }

    private static void Add(List<Leaf> leaves, SchemaElement element, string name, short definition, short repetition)
    {
        definition += (short)(element.Occurrence == Occurrence.Required ? 0 : 1);
        repetition += (short)(element.IsRepeated ? 1 : 0);
        if (element.Storage is not null)
            leaves.Add(new Leaf(leaves.Count, element, name, definition, repetition));
        foreach (var child in element.Children)
            Add(leaves, child, name, definition, repetition);
    }
}
