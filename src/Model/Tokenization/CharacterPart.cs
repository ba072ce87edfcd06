namespace FineWebTorch.Model.Tokenization;

/// <summary>A code point that another becomes.</summary>
/// <param name="Kind">
/// Same: belongs to a word. Single: a word of its own. Space: ends a word. Dropped: a removed mark of combining class
/// 0, over which canonical reordering moves nothing.
/// </param>
/// <param name="CombiningClass">0 where the text is not reordered.</param>
internal readonly record struct CharacterPart(CharacterKind Kind, int CodePoint, int CombiningClass);
