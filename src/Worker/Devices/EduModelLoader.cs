using FineWebTorch.Model;

namespace FineWebTorch.Worker.Devices;

/// <summary>Loads classifiers onto one device.</summary>
internal sealed class EduModelLoader(ComputeDevice device, InFlightMemory inFlight) : IModelLoader
{
    public LoadedModel Load(string folder, ModelDtype dtype)
    {
        var model = EduClassifier.Load(folder, device, dtype);
        return new LoadedModel(
            new DeviceQueue(new ModelScorer(model), inFlight.For(model, device), TimeProvider.System),
            new ModelTextEncoder(model.Tokenizer),
            [.. model.Warnings.Select(warning => $"{device}: {warning}")],
            model);
    }
}

/// <summary>The real model.</summary>
internal sealed class ModelScorer(EduClassifier model) : IScorer
{
    public string NumericClass => model.NumericClass;

    public bool IsBatchInvariant => model.IsBatchInvariant;

    public PendingScores Begin(PackedBatch batch) => model.Begin(batch);

    public float ScoreAlone(ReadOnlySpan<int> tokenIds) => model.ScoreAloneInFloat32(tokenIds);
}

/// <summary>The real tokenizer.</summary>
internal sealed class ModelTextEncoder(WordPieceTokenizer tokenizer) : ITextEncoder
{
    public int MaxLength => tokenizer.MaxLength;

    public int Encode(ReadOnlySpan<byte> utf8, Span<int> ids) => tokenizer.Encode(utf8, ids);
}
