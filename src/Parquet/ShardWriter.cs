namespace FineWebTorch.Parquet;

/// <summary>Writes the kept rows of a file with all their columns and their scores.</summary>
public static class ShardWriter
{
    /// <summary>
    /// Writes the shard under a temporary name in the output folder, checks it and renames it. The same request
    /// gives the same bytes.
    /// </summary>
    /// <param name="request">What to write, and where.</param>
    /// <param name="keptRowsInOrder">Ascending row numbers.</param>
    /// <param name="cancellationToken">Leaves nothing behind.</param>
    /// <exception cref="ParquetFileException">The input cannot be used, or proves damaged on the way.</exception>
    /// <exception cref="IOException">The output cannot be written: no such folder, disk full, no permission.</exception>
    public static ShardResult Write(
        ShardRequest request, IEnumerable<ScoredRow> keptRowsInOrder, CancellationToken cancellationToken = default)
        => throw new NotImplementedException();

    /// <summary>Refuses what <see cref="Write"/> would refuse of the input's columns, before any row is scored.</summary>
    /// <exception cref="ParquetFileException">No such text column, not text, a score column is there already …</exception>
    public static void Preflight(
        ParquetFileInfo input, string textColumn, string scoreColumn, string intScoreColumn, bool replaceScoreColumns)
        => throw new NotImplementedException();

    /// <summary>What <see cref="Write"/> cannot carry without loss, one line a column; empty for most files.</summary>
    public static IReadOnlyList<string> Losses(ParquetFileInfo input) => throw new NotImplementedException();
}
