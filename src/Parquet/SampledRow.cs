namespace FineWebTorch.Parquet;

/// <summary>A row read back from a shard.</summary>
/// <param name="Row">Row number in the shard.</param>
/// <param name="Text">UTF-8; null for a NULL.</param>
/// <param name="Score">Null for a NULL.</param>
public readonly record struct SampledRow(long Row, byte[]? Text, double? Score);
