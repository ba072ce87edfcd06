using FineWebTorch.Model;
using FineWebTorch.Worker.Documents;

namespace FineWebTorch.Worker.Output;

/// <summary>Writes scores in one format. Called in row order by one thread.</summary>
internal interface IScoreWriter : IDisposable
{
    void Write(in ScoredDocument document);

    /// <summary>What was written so far may be shown.</summary>
    void Flush();

    /// <summary>Everything was written. Without this call the output is worthless.</summary>
    void Complete();
}

/// <summary>A line of what <c>worker score</c> prints.</summary>
/// <param name="Row">From 0.</param>
/// <param name="Score">As <see cref="EduScore"/> stores it.</param>
/// <param name="Tokens">With [CLS] and [SEP]; 0 for a document that cannot be scored.</param>
internal readonly record struct ScoredDocument(long Row, DocumentExcerpt Document, float Score, int Tokens)
{
    /// <summary>Name of the input; null where there is one only.</summary>
    public string? File { get; init; }

    public int? IntScore => float.IsFinite(Score) ? EduScore.ToIntScore(Score) : null;

    public UnscorableReason Reason => EduScore.ReasonOf(Score);
}

/// <summary>Why a document has no score, in words.</summary>
internal static class Reasons
{
    /// <summary>As machines read it; null where there is a score.</summary>
    public static string? Name(UnscorableReason reason) => reason switch
    {
        UnscorableReason.NullText => "null_text",
        UnscorableReason.NotFinite => "not_finite",
        UnscorableReason.InvalidUnicode => "invalid_unicode",
        UnscorableReason.EndsWorker => "ends_worker",
        _ => null,
    };

    public static string Describe(UnscorableReason reason) => reason switch
    {
        UnscorableReason.NullText => "the text is NULL",
        UnscorableReason.NotFinite => "the score is not finite",
        UnscorableReason.InvalidUnicode => "the text is not valid Unicode",
        UnscorableReason.EndsWorker => "it ends the worker",
        _ => "",
    };
}
