namespace FineWebTorch.Coordinator.Input;

/// <summary>A file found by <see cref="InputDiscovery"/>.</summary>
/// <param name="Name">Below the input folder, '/'-separated.</param>
/// <param name="Path">Absolute.</param>
/// <param name="ModifiedTicks">Last write in UTC ticks: a cheap sign that the content may have changed.</param>
internal sealed record InputFileInfo(string Name, string Path, long Size, long ModifiedTicks);
