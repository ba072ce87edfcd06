namespace FineWebTorch.Parquet;

/// <summary>
/// Writes scores without their documents: row (int64), id (string, where asked for), score (double),
/// int_score (int64), tokens (int32).
/// </summary>
public sealed class ScoreTableWriter : IDisposable
{
    /// <param name="path">Appears, or is replaced, when <see cref="Complete"/> returns.</param>
    /// <param name="withIds">Whether the table has an id column.</param>
    /// <param name="metadata">Key-value metadata, or null.</param>
    public static ScoreTableWriter Create(
        string path, bool withIds, IReadOnlyDictionary<string, string>? metadata = null)
        => throw new NotImplementedException(path + withIds + metadata);

    public void Append(in ScoreTableRow row) => throw new NotImplementedException();

    /// <summary>Writes what was appended; without it nothing appears.</summary>
    public void Complete(CancellationToken cancellationToken = default) => throw new NotImplementedException();

    public void Dispose()
    {
    }
}
