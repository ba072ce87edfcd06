namespace FineWebTorch.Parquet;

/// <summary>What the footer of a Parquet file says.</summary>
/// <param name="Path">Absolute.</param>
/// <param name="Rows">0 or more.</param>
/// <param name="Columns">The top-level columns in file order.</param>
/// <param name="Metadata">The key-value metadata in file order; values are bytes, a key may come twice.</param>
public sealed record ParquetFileInfo(
    string Path,
    long Rows,
    IReadOnlyList<ParquetColumn> Columns,
    IReadOnlyList<KeyValuePair<string, byte[]>> Metadata)
{
    /// <summary>The column of exactly this name, or null.</summary>
    public ParquetColumn? Find(string name) => Columns.FirstOrDefault(column => column.Name == name);
}
