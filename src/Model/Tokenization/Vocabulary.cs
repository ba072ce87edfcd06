namespace FineWebTorch.Model.Tokenization;

/// <summary>All that a model folder says about tokenization, checked.</summary>
/// <param name="Tokens">By id, without gaps.</param>
/// <param name="MaxWordLength">Words of more code points, once normalised, become the unknown token.</param>
internal sealed record Vocabulary(
    IReadOnlyList<string> Tokens,
    IReadOnlyList<AddedToken> AddedTokens,
    NormalizerSettings Normalizer,
    string ContinuationPrefix,
    int MaxWordLength,
    int UnknownId,
    int FirstId,
    int LastId);
