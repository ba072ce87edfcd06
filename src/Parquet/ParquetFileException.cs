namespace FineWebTorch.Parquet;

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
}
