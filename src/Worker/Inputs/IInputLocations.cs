using FineWebTorch.Protos.V1;

namespace FineWebTorch.Worker.Inputs;

/// <summary>Who has addresses of inputs on the Hub signed.</summary>
internal interface IInputLocations
{
    /// <returns>A new address at every call; null where the file has none and is read through the coordinator.</returns>
    Task<InputLocation?> LocateInputAsync(uint inputIndex, CancellationToken cancellation);
}
