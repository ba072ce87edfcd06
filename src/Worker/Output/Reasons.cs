using FineWebTorch.Model;

namespace FineWebTorch.Worker.Output;

/// <summary>Why a document has no score, in words.</summary>
internal static class Reasons
{
    /// <summary>As machines read it; null where there is a score.</summary>
    public static string? Name(UnscorableReason reason) => reason switch
    {
        UnscorableReason.NullText => "null_text",
        UnscorableReason.NotFinite => "not_finite",
        UnscorableReason.InvalidUnicode => "invalid_unicode",
        _ => null,
    };

    public static string Describe(UnscorableReason reason) => reason switch
    {
        UnscorableReason.NullText => "the text is NULL",
        UnscorableReason.NotFinite => "the score is not finite",
        UnscorableReason.InvalidUnicode => "the text is not valid Unicode",
        _ => "",
    };
}
