using System.Globalization;

namespace FineWebTorch.Model;

/// <summary>
/// Notices a model that gives no score at all: the weights of a training that diverged may be finite and every result
/// NaN. Such scores are no reason to stop while others are finite.
/// </summary>
public sealed class ScoreHealth
{
    /// <summary>Documents after which no finite score is expected any more.</summary>
    public const int Enough = 1000;

    private bool _hasFinite;

    /// <summary>Documents whose score is not finite, even alone in fp32.</summary>
    public long NotFinite { get; private set; }

    /// <summary>Whether there are such documents, and none of a finite score.</summary>
    public bool IsInDoubt => NotFinite > 0 && !_hasFinite;

    /// <summary>Whether the first <see cref="Enough"/> documents are all such.</summary>
    public bool IsHopeless => IsInDoubt && NotFinite >= Enough;

    /// <summary>What is to be said then, without a full stop.</summary>
    /// <param name="model">The model's name.</param>
    public string Problem(string model) => string.Create(
        CultureInfo.InvariantCulture, $"{model} gives no finite score: NaN or infinity came out for every document so "
        + $"far ({NotFinite:N0}), alone and in fp32 too; its weights are of no use, take another checkpoint");

    /// <param name="scores">Raw, or as <see cref="EduScore.Unscorable"/> encodes why there is none.</param>
    public void Add(ReadOnlySpan<float> scores)
    {
        foreach (var score in scores)
        {
            _hasFinite |= float.IsFinite(score);
            if (EduScore.ReasonOf(score) == UnscorableReason.NotFinite)
                NotFinite++;
        }
    }
}
