using FineWebTorch.Protos.V1;

namespace FineWebTorch.Coordinator.Running;

/// <summary>The coordinator's end of a connection to a worker. Neither method waits or throws.</summary>
internal interface IWorkerSession
{
    void Send(CoordinatorMessage message);

    /// <summary>Ends the stream after what has been sent.</summary>
    /// <param name="error">Null for an orderly end.</param>
    void Close(string? error = null);
}
