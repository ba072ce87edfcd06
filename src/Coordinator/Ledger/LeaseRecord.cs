using FineWebTorch.Coordinator.Scheduling;

namespace FineWebTorch.Coordinator.Ledger;

internal sealed record LeaseRecord(ulong Fence, LeaseKind Kind, int File, WindowRange Windows, string WorkerId);
