using System.Globalization;
using FineWebTorch.Model;

namespace FineWebTorch.GpuSpeed;

/// <summary>How far scores are from those of a reference.</summary>
/// <param name="Flips">Documents whose published int_score is another one.</param>
internal sealed record ScoreErrors(double Largest, double Mean, int Flips, int Documents)
{
    public static ScoreErrors Between(IReadOnlyList<float> scores, IReadOnlyList<float> reference)
    {
        if (scores.Count != reference.Count || scores.Count == 0)
            throw new ArgumentException($"{scores.Count} scores stand beside {reference.Count}", nameof(scores));
        var differences = scores.Zip(reference, (a, b) => Math.Abs((double)a - b)).ToList();
        var flips = scores.Zip(reference)
            .Count(pair => EduScore.ToIntScore(pair.First) != EduScore.ToIntScore(pair.Second));
        return new ScoreErrors(differences.Max(), differences.Average(), flips, scores.Count);
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"mean {Mean:0.0e+00}, int_score differs in {Flips} of {Documents} documents");
}
