using FineWebTorch.Model;

namespace FineWebTorch.Worker.Pipeline;

/// <summary>The model on its device. Used by one thread at a time.</summary>
internal interface IScorer
{
    /// <summary>Equal strings promise equal bits.</summary>
    string NumericClass { get; }

    /// <param name="batch">Documents without padding.</param>
    /// <param name="scores">One raw score a document.</param>
    void Score(PackedBatch batch, Span<float> scores);

    /// <summary>The score of one document alone, computed in fp32.</summary>
    float ScoreAlone(ReadOnlySpan<int> tokenIds);
}
