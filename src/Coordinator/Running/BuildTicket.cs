using FineWebTorch.Coordinator.Ledger;

namespace FineWebTorch.Coordinator.Running;

/// <summary>A valid build lease, or one whose shard is in its place already.</summary>
/// <param name="Shard">The shard delivered under this fence; null while there is none.</param>
internal sealed record BuildTicket(FileRecord File, ShardRecord? Shard);
