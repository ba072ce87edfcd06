using FineWebTorch.Coordinator.Options;

namespace FineWebTorch.Coordinator.Inputs;

/// <summary>Where a run's files come from: this machine or the Hub.</summary>
/// <param name="hub">Null for files on this machine.</param>
internal sealed class RunInput(RunSpec spec, HubInput? hub)
{
    /// <summary>Null for files on this machine.</summary>
    public HubInput? Hub { get; } = hub;

    /// <returns>In ordinal order of their names; at least one.</returns>
    public Task<IReadOnlyList<InputFileInfo>> FindAsync(CancellationToken cancellationToken) =>
        Hub?.FindAsync(cancellationToken) ?? Task.FromResult(LocalFiles.Find(spec.Input, spec.Output));

    /// <summary>Reads the footer.</summary>
    public Task<InputInspection> InspectAsync(InputFileInfo file, CancellationToken cancellationToken) =>
        Hub?.InspectAsync(file, cancellationToken) ?? Task.FromResult(InputInspection.Of(file.Path, spec));
}

/// <summary>A file that was found.</summary>
/// <param name="Name">Below the input folder, '/'-separated; on the Hub, in the repository.</param>
/// <param name="Path">Absolute, or an hf:// path that names a commit.</param>
/// <param name="ModifiedTicks">
/// Last write in UTC ticks: a cheap sign that the content may have changed. 0 on the Hub, where a commit's never does.
/// </param>
/// <param name="Sha256">Lower-case hex, where the Hub says it; else null.</param>
internal sealed record InputFileInfo(string Name, string Path, long Size, long ModifiedTicks, string? Sha256 = null);
