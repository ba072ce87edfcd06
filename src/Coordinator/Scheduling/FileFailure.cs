namespace FineWebTorch.Coordinator.Scheduling;

/// <summary>A worker that could not do its part of a file, and why.</summary>
internal sealed record FileFailure(string WorkerId, string Worker, string Reason);
