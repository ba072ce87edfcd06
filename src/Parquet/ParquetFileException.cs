namespace FineWebTorch.Parquet;

/// <summary>Why a Parquet file cannot be used.</summary>
public enum ParquetFault
{
    /// <summary>Something else under a Parquet name: gzip, JSON lines, a Git LFS pointer, an error page.</summary>
    NotParquet,

    /// <summary>Cut off, or its footer or pages are damaged.</summary>
    Damaged,

    /// <summary>Sound, but with a feature the reader lacks: encryption, a rare codec, pages beyond memory.</summary>
    Unsupported,

    /// <summary>Its columns do not fit: none of the name, not text, names that clash.</summary>
    Columns,
}

/// <summary>A Parquet file that cannot be used. The message is one line: the file, what is wrong, what to do.</summary>
public sealed class ParquetFileException : FormatException
{
    public ParquetFileException(ParquetFault fault, string path, string reason, string remedy, Exception? inner = null)
        : base($"{path}: {reason}; {remedy}", inner)
    {
        Fault = fault;
        Path = path;
        Reason = reason;
        Remedy = remedy;
    }

    public ParquetFault Fault { get; }

    public string Path { get; }

    /// <summary>What is wrong, without the path and the remedy.</summary>
    public string Reason { get; }

    public string Remedy { get; }

    /// <summary>The column at fault, where one is.</summary>
    public string? Column { get; init; }

    /// <summary>The same of a file that users know by another name than the one that was read.</summary>
    public ParquetFileException Named(string path) => new(Fault, path, Reason, Remedy, this) { Column = Column };

    internal static ParquetFileException Damaged(
        string path, string reason, Exception? inner = null, string? column = null) =>
        new(ParquetFault.Damaged, path, reason, "download or write the file again", inner) { Column = column };

    internal static ParquetFileException Encrypted(string path, string what, string? column = null) =>
        new(ParquetFault.Unsupported, path, what, "decrypt it first") { Column = column };
}
