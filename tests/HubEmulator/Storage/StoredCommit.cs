namespace FineWebTorch.HubEmulator;

/// <summary>A commit with all of its files.</summary>
public sealed record StoredCommit(
    string Id, string? Parent, string Title, string Description, DateTimeOffset Date,
    SortedDictionary<string, TreeEntry> Files);
