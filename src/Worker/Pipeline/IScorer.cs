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

/// <summary>A batch on the device. Batches are waited for in the order in which they were begun.</summary>
internal interface IPendingBatch
{
    /// <summary>Whether the device is done with it.</summary>
    bool IsCompleted { get; }

    /// <summary>Waits for the device. Called once, by any thread.</summary>
    DeviceScores Wait();
}

/// <summary>What a device made of a batch.</summary>
/// <param name="Scores">One raw score a document.</param>
/// <param name="NumericClass">See <see cref="IScorer.NumericClass"/>; another one where it had to be split.</param>
/// <param name="DeviceTime">How long the device computed, where it has a clock of its own.</param>
internal sealed record DeviceScores(float[] Scores, string NumericClass, TimeSpan? DeviceTime = null);
