namespace FineWebTorch.Coordinator.Input;

/// <summary>Where a run's files come from.</summary>
internal interface IInputSource
{
    /// <returns>In ordinal order of their names; at least one.</returns>
    Task<IReadOnlyList<InputFileInfo>> FindAsync(CancellationToken cancellationToken);

    /// <summary>Reads the footer.</summary>
    Task<InputInspection> InspectAsync(InputFileInfo file, CancellationToken cancellationToken);
}
