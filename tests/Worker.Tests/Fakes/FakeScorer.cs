using FineWebTorch.Model;
using FineWebTorch.Worker.Devices;

namespace FineWebTorch.Worker.Tests.Fakes;

/// <summary>The score is the sum of the ids; '!' makes it infinite, '?' too but not when scored alone.</summary>
/// <param name="isAsync">A device that computes beside the thread that calls it.</param>
internal sealed class FakeScorer(bool isAsync = false) : IScorer
{
    private int _batches;

    public string NumericClass => "fake";

    public bool IsBatchInvariant { get; init; }

    public int Batches => Volatile.Read(ref _batches);

    /// <summary>Called with each batch before it is scored.</summary>
    public Action<PackedBatch> Scoring { get; set; } = _ => { };

    /// <summary>Called with each batch that an asynchronous device is waited for.</summary>
    public Action<PackedBatch> Waiting { get; set; } = _ => { };

    public static float ScoreOf(string text)
    {
        var ids = new int[16];
        var count = new FakeEncoder().Encode(System.Text.Encoding.UTF8.GetBytes(text), ids);
        return ids.AsSpan(0, count).ToArray().Sum();
    }

    public PendingScores Begin(PackedBatch batch)
    {
        Interlocked.Increment(ref _batches);
        Scoring(batch);
        return isAsync ? new Pending(this, batch) : PendingScores.Completed(Score(batch));
    }

    public float ScoreAlone(ReadOnlySpan<int> tokenIds) => tokenIds.Contains('!') ? float.NaN : Sum(tokenIds);

    private static float[] Score(PackedBatch batch)
    {
        var scores = new float[batch.Documents];
        for (var i = 0; i < scores.Length; i++)
        {
            var ids = batch.TokenIds[batch.CumulativeLengths.Span[i]..batch.CumulativeLengths.Span[i + 1]].Span;
            scores[i] = ids.ContainsAny('!', '?') ? float.PositiveInfinity : Sum(ids);
        }

        return scores;
    }

    private static float Sum(ReadOnlySpan<int> ids) => ids.ToArray().Sum();

    private sealed class Pending(FakeScorer scorer, PackedBatch batch) : PendingScores
    {
        protected override bool IsDone => false;

        protected override ComputedScores Collect()
        {
            scorer.Waiting(batch);
            return new ComputedScores(Score(batch));
        }
    }
}
