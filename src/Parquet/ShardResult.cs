namespace FineWebTorch.Parquet;

/// <summary>A finished shard.</summary>
/// <param name="RowsKept">Rows in the shard.</param>
/// <param name="Sha256">Of the file, lower-case hexadecimal.</param>
/// <param name="Size">Of the file, in bytes.</param>
/// <param name="Warnings">What was not carried as it was, a line each; see <see cref="ShardWriter.Losses"/>.</param>
public sealed record ShardResult(long RowsKept, string Sha256, long Size, IReadOnlyList<string> Warnings);
