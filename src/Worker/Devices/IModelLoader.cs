using FineWebTorch.Model;

namespace FineWebTorch.Worker.Devices;

/// <summary>Loads the model of a run onto this worker's device.</summary>
internal interface IModelLoader
{
    /// <param name="folder">Proved files.</param>
    LoadedModel Load(string folder, ModelDtype dtype);
}

/// <summary>Makes what loads models onto a device.</summary>
/// <param name="inFlight">What is known of the device's memory.</param>
internal delegate IModelLoader ModelLoaderFactory(ComputeDevice device, InFlightMemory inFlight);

/// <summary>A model that can score.</summary>
/// <param name="Warnings">What is slower here than it should be, in one line each.</param>
/// <param name="Owner">Disposed of when the model is no longer needed.</param>
internal sealed record LoadedModel(
    DeviceQueue Device, ITextEncoder Encoder, IReadOnlyList<string> Warnings, IDisposable? Owner = null);

/// <summary>Turns text into what the model sees. Safe for several threads at once.</summary>
internal interface ITextEncoder
{
    /// <summary>The most ids a text can have.</summary>
    int MaxLength { get; }

    /// <param name="utf8">Well-formed UTF-8.</param>
    /// <param name="ids">At least <see cref="MaxLength"/> places.</param>
    /// <returns>How many ids were written; at least 2.</returns>
    int Encode(ReadOnlySpan<byte> utf8, Span<int> ids);
}

/// <summary>The model on its device. Used by one thread at a time.</summary>
internal interface IScorer
{
    /// <summary>Equal strings promise equal bits.</summary>
    string NumericClass { get; }

    /// <summary>See <see cref="EduClassifier.IsBatchInvariant"/>.</summary>
    bool IsBatchInvariant { get; }

    /// <summary>Gives a batch to the device; may return before it is scored.</summary>
    /// <param name="batch">Documents without padding.</param>
    /// <exception cref="DeviceMemoryException">It does not fit beside what the device is computing.</exception>
    /// <exception cref="DeviceFailedException">The device has failed for any other reason.</exception>
    PendingScores Begin(PackedBatch batch);

    /// <summary>The score of one document alone, computed in fp32.</summary>
    /// <inheritdoc cref="Begin"/>
    float ScoreAlone(ReadOnlySpan<int> tokenIds);
}
