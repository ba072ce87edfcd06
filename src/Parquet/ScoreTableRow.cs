namespace FineWebTorch.Parquet;

/// <summary>A line of a score table.</summary>
/// <param name="Row">Row number in the input.</param>
/// <param name="Id">The document's id, where the input has one.</param>
/// <param name="Score">Null where the row has none.</param>
/// <param name="IntScore">Null where the row has none.</param>
/// <param name="Tokens">How many the model saw; null where the row has none.</param>
public readonly record struct ScoreTableRow(long Row, string? Id, float? Score, int? IntScore, int? Tokens);
