namespace FineWebTorch.Coordinator.Ledger;

internal sealed record FailureRecord(int File, string WorkerId, string Worker, string Reason);
