using FineWebTorch.Model;

namespace FineWebTorch.Worker.Pipeline;

/// <summary>The model on its device. Used by one thread at a time.</summary>
internal interface IScorer
{
    /// <summary>Equal strings promise equal bits.</summary>
    string NumericClass { get; }

    /// <summary>Batches to give to the device before the first of them has been waited for; may change.</summary>
    int MaxInFlight { get; }

    /// <summary>Gives a batch to the device; may return before it is scored.</summary>
    /// <param name="batch">Documents without padding.</param>
    IPendingBatch Begin(PackedBatch batch);

    /// <summary>The score of one document alone, computed in fp32.</summary>
    float ScoreAlone(ReadOnlySpan<int> tokenIds);
}
