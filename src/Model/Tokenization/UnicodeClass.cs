namespace FineWebTorch.Model.Tokenization;

/// <summary>A code point's general category, as far as BERT's tokenizer tells them apart.</summary>
internal enum UnicodeClass
{
    Other = 0,

    /// <summary>Cc, Cf or Co: what cleaning removes. Unassigned code points are not among them.</summary>
    Control = 1,
    Punctuation = 2,
    NonspacingMark = 3,
}
