using FineWebTorch.Model;
using FineWebTorch.Worker.Pipeline;

namespace FineWebTorch.Worker.Devices;

/// <summary>Loads the model of a run onto this worker's device.</summary>
internal interface IModelLoader
{
    /// <param name="folder">Proved files.</param>
    LoadedModel Load(string folder, ModelDtype dtype);
}

/// <summary>A model that can score.</summary>
/// <param name="Warnings">What is slower here than it should be, in one line each.</param>
internal sealed record LoadedModel(
    IScorer Scorer, ITextEncoder Encoder, IReadOnlyList<string> Warnings, IDisposable? Owner = null);

/// <summary>Loads classifiers onto one device.</summary>
internal sealed class EduModelLoader(ComputeDevice device, InFlightMemory inFlight) : IModelLoader
{
    public LoadedModel Load(string folder, ModelDtype dtype)
    {
        var model = EduClassifier.Load(folder, device, dtype);
        return new LoadedModel(
            new ModelScorer(model, inFlight.For(model, device)), new ModelTextEncoder(model.Tokenizer),
            [.. model.Warnings.Select(warning => $"{device}: {warning}")], model);
    }
}

/// <summary>The real model.</summary>
internal sealed class ModelScorer(EduClassifier model, BatchesInFlight inFlight) : IScorer
{
    private readonly DeviceQueue _queue = new(model.Begin, inFlight, model.NumericClass, TimeProvider.System);

    /// <inheritdoc/>
    /// <remarks>A batch that was split says so: another make-up may give other last bits.</remarks>
    public string NumericClass => model.NumericClass;

    public int MaxInFlight => inFlight.Current;

    public IPendingBatch Begin(PackedBatch batch) => _queue.Begin(batch);

    public float ScoreAlone(ReadOnlySpan<int> tokenIds) => model.ScoreAloneInFloat32(tokenIds);
}

internal sealed class ModelTextEncoder(WordPieceTokenizer tokenizer) : ITextEncoder
{
    public int MaxLength => tokenizer.MaxLength;

    public int Encode(ReadOnlySpan<byte> utf8, Span<int> ids) => tokenizer.Encode(utf8, ids);
}
