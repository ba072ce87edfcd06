using FineWebTorch.Model;
using FineWebTorch.Worker.Pipeline;

namespace FineWebTorch.Worker.Tests.Fakes;

/// <summary>The score is the sum of the ids; '!' makes it infinite, '?' too but not when scored alone.</summary>
internal sealed class FakeScorer : IScorer
{
    private int _batches;

    public string NumericClass => "fake";

    public int Batches => Volatile.Read(ref _batches);

    /// <summary>Called with each batch before it is scored.</summary>
    public Action<PackedBatch> Scoring { get; set; } = _ => { };

    public static float ScoreOf(string text)
    {
        var ids = new int[16];
        var count = new FakeEncoder().Encode(System.Text.Encoding.UTF8.GetBytes(text), ids);
        return ids.AsSpan(0, count).ToArray().Sum();
    }

    public void Score(PackedBatch batch, Span<float> scores)
    {
        Interlocked.Increment(ref _batches);
        Scoring(batch);
        Assert.Equal(batch.Documents, scores.Length);
        for (var i = 0; i < scores.Length; i++)
        {
            var ids = batch.TokenIds[batch.CumulativeLengths.Span[i]..batch.CumulativeLengths.Span[i + 1]].Span;
            scores[i] = ids.ContainsAny('!', '?') ? float.PositiveInfinity : Sum(ids);
        }
    }

    public float ScoreAlone(ReadOnlySpan<int> tokenIds) => tokenIds.Contains('!') ? float.NaN : Sum(tokenIds);

    private static float Sum(ReadOnlySpan<int> ids) => ids.ToArray().Sum();
}
