namespace FineWebTorch.Parquet.DuckDb;

/// <summary>DuckDB's own words on a failure; turned into a clear line at the border of this part.</summary>
internal sealed class DuckDbException(ErrorType type, string message) : Exception(message)
{
    public ErrorType Type { get; } = type;
}
