using FineWebTorch.Model;
using FineWebTorch.Worker.Pipeline;

namespace FineWebTorch.Worker.Devices;

/// <summary>The real model.</summary>
internal sealed class ModelScorer(EduClassifier model) : IScorer
{
    private readonly BatchSplitter _splitter = new(model.Score);

    /// <summary>Of the batch scored last: another make-up of batches may give other last bits, and says so.</summary>
    public string NumericClass { get; private set; } = model.NumericClass;

    public void Score(PackedBatch batch, Span<float> scores) =>
        NumericClass = _splitter.Score(batch, scores) ? model.NumericClass + ";split" : model.NumericClass;

    public float ScoreAlone(ReadOnlySpan<int> tokenIds) => model.ScoreAloneInFloat32(tokenIds);
}
