namespace FineWebTorch.Model.Networks;

/// <summary>Encoder and head on one device in one type. One thread at a time may call it.</summary>
internal interface INetwork : IDisposable
{
    /// <summary>What computes, as <see cref="ComputeDevice.NumericClass"/> ends with it.</summary>
    string Kernels { get; }

    /// <summary>See <see cref="EduClassifier.IsBatchInvariant"/>.</summary>
    bool IsBatchInvariant { get; }

    /// <summary>
    /// Gives a batch to the device, behind those that were begun before. A CPU returns it scored; a device that
    /// computes beside the caller does so beyond the return.
    /// </summary>
    /// <param name="batch">At least one document; ids and lengths are within the model's.</param>
    /// <exception cref="System.Runtime.InteropServices.ExternalException">The device or a library has failed.</exception>
    PendingScores Begin(PackedBatch batch);
}
