namespace FineWebTorch.Coordinator.Running;

/// <summary>Leave to move a shard to its place.</summary>
/// <param name="Refusal">Why not; null where it may.</param>
/// <param name="RowsByClass">Rows of the file by the numeric class that scored them.</param>
/// <param name="Tokens">With [CLS] and [SEP].</param>
internal sealed record ShardTicket(string? Refusal, IReadOnlyDictionary<string, long> RowsByClass, long Tokens);
