using FineWebTorch.Model;

namespace FineWebTorch.Worker.Pipeline;

/// <summary>A scorer for two threads: one begins batches, the other scores single documents again.</summary>
internal sealed class LockedScorer(IScorer scorer)
{
    private readonly Lock _lock = new();

    public IPendingBatch Begin(PackedBatch batch)
    {
        lock (_lock)
            return scorer.Begin(batch);
    }

    public float ScoreAlone(ReadOnlySpan<int> tokenIds)
    {
        lock (_lock)
            return scorer.ScoreAlone(tokenIds);
    }
}
