using System.Diagnostics;
using FineWebTorch.Model;
using FineWebTorch.Worker.Pipeline;

namespace FineWebTorch.Bench.Pipeline;

/// <summary>Notes when the first batch began and the last one ended.</summary>
internal sealed class TimedScorer(IScorer inner) : IScorer
{
    private long _first;
    private long _last;

    public string NumericClass => inner.NumericClass;

    public TimeSpan Span => _first == 0 ? TimeSpan.Zero : Stopwatch.GetElapsedTime(_first, _last);

    public void Score(PackedBatch batch, Span<float> scores)
    {
        if (_first == 0)
            _first = Stopwatch.GetTimestamp();
        inner.Score(batch, scores);
        _last = Stopwatch.GetTimestamp();
    }

    public float ScoreAlone(ReadOnlySpan<int> tokenIds) => inner.ScoreAlone(tokenIds);
}
