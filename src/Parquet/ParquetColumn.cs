namespace FineWebTorch.Parquet;

/// <summary>A top-level column.</summary>
/// <param name="Name">As the file spells it.</param>
/// <param name="Type">The type a pyarrow user sees, say <c>timestamp[ms, tz=UTC]</c>.</param>
/// <param name="Nullable">False for a column that the file declares free of NULLs.</param>
/// <param name="EngineType">DuckDB's name of the type it reads the column as.</param>
public sealed record ParquetColumn(string Name, ArrowType Type, bool Nullable, string EngineType)
{
    /// <summary>Whether the column can be scored: its values are UTF-8 text.</summary>
    public bool IsText => EngineType is "VARCHAR" or "JSON";
}
