namespace FineWebTorch.Model.Tokenization;

/// <summary>The settings of <c>BertNormalizer</c>; where strip_accents is null it is as lowercase.</summary>
internal sealed record NormalizerSettings(bool CleanText, bool SpaceChinese, bool StripAccents, bool Lowercase);
