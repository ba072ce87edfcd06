using FineWebTorch.Model;
using FineWebTorch.Worker.Pipeline;

namespace FineWebTorch.Worker.Tests.Fakes;

/// <summary>The score is the sum of the ids; '!' makes it infinite, '?' too but not when scored alone.</summary>
internal sealed class FakeScorer : IScorer
{
    private int _batches;

    public string NumericClass => "fake";

    /// <summary>Above 1 it is a device that computes beside the thread that calls it.</summary>
    public int MaxInFlight { get; set; } = 1;

    public int Batches => Volatile.Read(ref _batches);

    /// <summary>Called with each batch before it is scored.</summary>
    public Action<PackedBatch> Scoring { get; set; } = _ => { };

    /// <summary>Called with each batch that is waited for.</summary>
    public Action<PackedBatch> Waiting { get; set; } = _ => { };

    public static float ScoreOf(string text)
    {
        var ids = new int[16];
        var count = new FakeEncoder().Encode(System.Text.Encoding.UTF8.GetBytes(text), ids);
        return ids.AsSpan(0, count).ToArray().Sum();
    }

    public IPendingBatch Begin(PackedBatch batch)
    {
        Interlocked.Increment(ref _batches);
        Scoring(batch);
        return new Pending(this, batch, isCompleted: MaxInFlight == 1);
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

    private sealed class Pending(FakeScorer scorer, PackedBatch batch, bool isCompleted) : IPendingBatch
    {
        public bool IsCompleted => isCompleted;

        public DeviceScores Wait()
        {
            scorer.Waiting(batch);
            return new DeviceScores(Score(batch), scorer.NumericClass);
        }
    }
}
