namespace FineWebTorch.Parquet.Schema;

/// <summary>A node of a Parquet schema, with its annotations as DuckDB's parquet_schema spells them.</summary>
internal sealed record SchemaElement(string Name)
{
    /// <summary>Null for a group.</summary>
    public string? PhysicalType { get; init; }

    /// <summary>Bytes of a FIXED_LEN_BYTE_ARRAY.</summary>
    public long Length { get; init; }

    /// <summary>REQUIRED, OPTIONAL or REPEATED.</summary>
    public string Repetition { get; init; } = "";

    public string? ConvertedType { get; init; }

    public string? LogicalType { get; init; }

    public long Scale { get; init; }

    public long Precision { get; init; }

    public IReadOnlyList<SchemaElement> Children { get; init; } = [];

    public bool IsRepeated => Repetition == "REPEATED";

    public bool IsNullable => Repetition == "OPTIONAL";

    public bool IsAnnotated(string convertedType, string logicalType)
        => ConvertedType == convertedType || HasLogicalType(logicalType);

    public bool HasLogicalType(string logicalType)
        => LogicalType?.StartsWith(logicalType + "(", StringComparison.Ordinal) == true;
}
