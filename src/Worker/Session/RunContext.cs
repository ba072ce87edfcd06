using FineWebTorch.Protos.V1;

namespace FineWebTorch.Worker.Session;

/// <summary>The run that a lease belongs to.</summary>
/// <param name="SharesFileSystem">Paths mean the same here as on the coordinator.</param>
internal sealed record RunContext(RunDescription Description, RunEngine Engine, bool SharesFileSystem);
