namespace FineWebTorch.Model;

/// <summary>A network on a device that computes beside the thread that calls it.</summary>
internal interface IAsyncNetwork : INetwork
{
    /// <summary>Names of the operators in use, as <see cref="ComputeDevice.NumericClass"/> ends with them.</summary>
    string Kernels { get; }

    /// <summary>Queues a batch behind those that were begun before; returns before it is scored.</summary>
    /// <param name="batch">As for <see cref="INetwork.Score"/>.</param>
    PendingScores Begin(PackedBatch batch);
}
