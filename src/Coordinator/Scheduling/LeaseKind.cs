namespace FineWebTorch.Coordinator.Scheduling;

/// <summary>What a worker was asked to do. The numbers are stored in the ledger.</summary>
internal enum LeaseKind
{
    Score = 1,
    Build = 2,
}
