namespace FineWebTorch.Coordinator.Running;

/// <summary>A worker at one moment.</summary>
/// <param name="Doing">What it holds, for people.</param>
internal sealed record WorkerSnapshot(
    string Id, string Name, string Device, bool Connected, long Rows, long Tokens, string Doing);
