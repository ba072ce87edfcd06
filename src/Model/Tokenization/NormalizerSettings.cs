namespace FineWebTorch.Model.Tokenization;

/// <summary>The settings of <c>BertNormalizer</c>, with strip_accents already made the same as lowercase where null.</summary>
internal sealed record NormalizerSettings(bool CleanText, bool SpaceChinese, bool StripAccents, bool Lowercase);
