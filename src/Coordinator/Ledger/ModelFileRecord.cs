namespace FineWebTorch.Coordinator.Ledger;

internal sealed record ModelFileRecord(string Name, long Size, string Sha256);
