using FineWebTorch.Coordinator.Options;
using FineWebTorch.Parquet;

namespace FineWebTorch.Coordinator.Inputs;

/// <summary>What a file's footer says, or why it cannot be used.</summary>
/// <param name="Fault">The reason as one line; null for a good file.</param>
/// <param name="IsColumnFault">The file is sound, but its columns do not fit: likely an option is wrong.</param>
internal sealed record InputInspection(long Rows, string? Fault, bool IsColumnFault)
{
    /// <summary>Of the content, where reading it was the only way to know; else null.</summary>
    public string? Sha256 { get; init; }

    /// <param name="name">What messages call the file, where that is not its path.</param>
    public static InputInspection Of(string path, RunSpec spec, string? name = null)
    {
        try
        {
            var info = ParquetFile.Inspect(path);
            ShardWriter.Preflight(
                info, spec.TextColumn, spec.ScoreColumn, spec.IntScoreColumn, spec.ReplaceScoreColumns);
            return new InputInspection(info.Rows, Fault: null, IsColumnFault: false);
        }
        catch (ParquetFileException exception)
        {
            var message = name is null ? exception.Message : $"{name}: {exception.Reason}; {exception.Remedy}";
            return new InputInspection(0, message, exception.Fault == ParquetFault.Columns);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return new InputInspection(0, exception.Message, IsColumnFault: false);
        }
    }
}
