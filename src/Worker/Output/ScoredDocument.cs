using FineWebTorch.Model;
using FineWebTorch.Worker.Pipeline;

namespace FineWebTorch.Worker.Output;

/// <summary>A line of what <c>worker score</c> prints.</summary>
/// <param name="Row">From 0.</param>
/// <param name="Score">As <see cref="EduScore"/> stores it.</param>
/// <param name="Tokens">With [CLS] and [SEP]; 0 for a document that cannot be scored.</param>
internal readonly record struct ScoredDocument(long Row, DocumentExcerpt Document, float Score, int Tokens)
{
    public int? IntScore => float.IsFinite(Score) ? EduScore.ToIntScore(Score) : null;

    public UnscorableReason Reason => EduScore.ReasonOf(Score);
}
