namespace FineWebTorch.Parquet;

/// <summary>A shard to write.</summary>
/// <param name="InputPath">The file whose columns are carried.</param>
/// <param name="OutputPath">Replaced at once when the shard is complete, never half-written.</param>
/// <param name="TextColumn">Must exist; carried like the others.</param>
/// <param name="ScoreColumn">Name of the score column to add, a double.</param>
/// <param name="IntScoreColumn">Name of the integer score column to add, an int64.</param>
/// <param name="ReplaceScoreColumns">
/// Columns of those names (upper or lower case) give way to the new ones in their places; false: they are an error.
/// </param>
/// <param name="Rows">Only the first so many rows belong to the shard; 0 for all.</param>
/// <param name="Metadata">Key-value metadata of ours; wins over the input's under the same name.</param>
public sealed record ShardRequest(
    string InputPath,
    string OutputPath,
    string TextColumn,
    string ScoreColumn,
    string IntScoreColumn,
    bool ReplaceScoreColumns,
    long Rows,
    IReadOnlyDictionary<string, string> Metadata);
