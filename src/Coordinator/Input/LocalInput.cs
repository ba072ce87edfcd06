using FineWebTorch.Coordinator.Running;

namespace FineWebTorch.Coordinator.Input;

/// <summary>Files on this machine.</summary>
internal sealed class LocalInput(RunIdentity identity) : IInputSource
{
    public Task<IReadOnlyList<InputFileInfo>> FindAsync(CancellationToken cancellationToken) =>
        Task.FromResult(InputDiscovery.Find(identity.Input, identity.Output));

    public Task<InputInspection> InspectAsync(InputFileInfo file, CancellationToken cancellationToken) =>
        Task.FromResult(InputInspection.Of(file.Path, identity));
}
