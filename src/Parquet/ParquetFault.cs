namespace FineWebTorch.Parquet;

/// <summary>Why a Parquet file cannot be used.</summary>
public enum ParquetFault
{
    /// <summary>Something else under a Parquet name: gzip, JSON lines, a Git LFS pointer, an error page.</summary>
    NotParquet,

    /// <summary>Cut off, or its footer or pages are damaged.</summary>
    Damaged,

    /// <summary>Sound, but with a feature the reader lacks: encryption, a rare codec or type.</summary>
    Unsupported,

    /// <summary>Its columns do not fit: none of the name, not text, names that clash.</summary>
    Columns,

    /// <summary>A string column holds bytes that are not UTF-8.</summary>
    InvalidText,
}
