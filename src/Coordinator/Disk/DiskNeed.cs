namespace FineWebTorch.Coordinator.Disk;

/// <summary>Something that a run writes to a disk of this machine.</summary>
/// <param name="What">In words: "shards".</param>
/// <param name="Choice">By what a person chooses the folder.</param>
internal sealed record DiskNeed(string Folder, long Bytes, string What, string Choice);
