namespace FineWebTorch.Parquet;

/// <summary>A row that the shard keeps.</summary>
/// <param name="Row">Row number in the input.</param>
/// <param name="Score">A finite number, or null where the row has none.</param>
/// <param name="IntScore">0 to 5, or null where the row has none.</param>
public readonly record struct ScoredRow(long Row, float? Score, int? IntScore);
