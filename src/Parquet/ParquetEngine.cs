using FineWebTorch.Parquet.DuckDb;

namespace FineWebTorch.Parquet;

/// <summary>The library that reads and writes Parquet here.</summary>
public static class ParquetEngine
{
    /// <summary>Its version, say "v1.5.6", which stands in every shard: another one writes other bytes.</summary>
    /// <exception cref="NotSupportedException">DuckDB's library is missing or of another minor version.</exception>
    public static string Version => DuckDbLibrary.Version;
}
