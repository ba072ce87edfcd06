namespace FineWebTorch.Coordinator.Publishing;

/// <summary>What became of a publication.</summary>
/// <param name="Commits">Pages of the commits; empty where nothing was published.</param>
/// <param name="Withheld">Why nothing was; null where it was.</param>
internal sealed record PublishOutcome(IReadOnlyList<string> Commits, string? Withheld);
