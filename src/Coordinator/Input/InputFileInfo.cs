namespace FineWebTorch.Coordinator.Input;

/// <summary>A file that an <see cref="IInputSource"/> has found.</summary>
/// <param name="Name">Below the input folder, '/'-separated; on the Hub, in the repository.</param>
/// <param name="Path">Absolute, or an hf:// path that names a commit.</param>
/// <param name="ModifiedTicks">
/// Last write in UTC ticks: a cheap sign that the content may have changed. 0 on the Hub, where a commit's never does.
/// </param>
/// <param name="Sha256">Lower-case hex, where the Hub says it; else null.</param>
internal sealed record InputFileInfo(string Name, string Path, long Size, long ModifiedTicks, string? Sha256 = null);
