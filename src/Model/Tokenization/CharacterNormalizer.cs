using System.Runtime.InteropServices;
using FineWebTorch.Model.Files;

namespace FineWebTorch.Model.Tokenization;

/// <summary>
/// <c>BertNormalizer</c> and <c>BertPreTokenizer</c> for one code point. The steps and their order are the reference's;
/// only canonical reordering, which concerns several code points, is left to whoever joins them.
/// </summary>
internal sealed class CharacterNormalizer(NormalizerSettings settings, UnicodeTables unicode)
{
    private const int HangulFirst = 0xAC00;
    private const int HangulLast = 0xD7A3;

    private readonly List<CharacterPart> _parts = [];

    private readonly HashSet<int> _mappedBlocks =
    [
        .. unicode.Decompositions.Keys.Concat(unicode.LowerCase.Keys)
            .Concat(Enumerable.Range(HangulFirst, HangulLast - HangulFirst + 1))
            .Select(codePoint => codePoint / UnicodeTables.BlockSize),
    ];

    /// <summary>Valid until the next call; empty where the code point vanishes without a trace.</summary>
    public ReadOnlySpan<CharacterPart> Normalize(int codePoint)
    {
        _parts.Clear();
        if (settings.CleanText && IsCleaned(codePoint))
            return default;
        var alone = settings.HandleChineseChars && IsChinese(codePoint);
        if (settings.StripAccents)
            Decompose(codePoint, alone);
        else
            AddLower(codePoint, alone);
        return CollectionsMarshal.AsSpan(_parts);
    }

    /// <summary>
    /// What determines the outcomes of a block in which no code point becomes another; null of any other block, also of
    /// one that cleaning or Chinese characters divide by code point alone.
    /// </summary>
    public (int Properties, bool Chinese)? PlainBlock(int first)
    {
        var chinese = IsChinese(first);
        var special = first == 0 || (first <= Utf8CodePoint.Replacement && Utf8CodePoint.Replacement < first + UnicodeTables.BlockSize)
            || _mappedBlocks.Contains(first / UnicodeTables.BlockSize)
            || chinese != IsChinese(first + UnicodeTables.BlockSize - 1)
            // Spaces are put around each of them.
            || (chinese && settings.HandleChineseChars && !settings.SplitWords);
        return special ? null : (unicode.BlockOf(first), chinese);
    }

    /// <summary>The reference's idea of a Chinese character; U+2B820 to U+2B91F are left out there too.</summary>
    private static bool IsChinese(int codePoint) => codePoint
        is (>= 0x4E00 and <= 0x9FFF) or (>= 0x3400 and <= 0x4DBF) or (>= 0x20000 and <= 0x2A6DF)
        or (>= 0x2A700 and <= 0x2B73F) or (>= 0x2B740 and <= 0x2B81F) or (>= 0x2B920 and <= 0x2CEAF)
        or (>= 0xF900 and <= 0xFAFF) or (>= 0x2F800 and <= 0x2FA1F);

    private static bool IsAsciiPunctuation(int codePoint) => codePoint
        is (>= '!' and <= '/') or (>= ':' and <= '@') or (>= '[' and <= '`') or (>= '{' and <= '~');

    private bool IsCleaned(int codePoint)
    {
        if (codePoint is '\t' or '\n' or '\r')
            return false;
        return codePoint is 0 or Utf8CodePoint.Replacement || unicode.ClassOf(codePoint) == UnicodeClass.Control;
    }

    private void Decompose(int codePoint, bool alone)
    {
        if (codePoint is >= HangulFirst and <= HangulLast)
        {
            DecomposeHangul(codePoint - HangulFirst, alone);
        }
        else if (unicode.Decompositions.TryGetValue(codePoint, out var parts))
        {
            Decompose(parts.First, alone);
            if (parts.Second != 0)
                Decompose(parts.Second, alone);
        }
        else if (unicode.ClassOf(codePoint) != UnicodeClass.NonspacingMark)
        {
            AddLower(codePoint, alone);
        }
        else if (unicode.CombiningClassOf(codePoint) == 0)
        {
            _parts.Add(new CharacterPart(CharacterKind.Dropped, codePoint, 0));
        }
    }

    /// <summary>Unicode 3.12, "Hangul Syllable Decomposition".</summary>
    private void DecomposeHangul(int syllable, bool alone)
    {
        AddLower(0x1100 + (syllable / 588), alone);
        AddLower(0x1161 + (syllable % 588 / 28), alone);
        if (syllable % 28 != 0)
            AddLower(0x11A7 + (syllable % 28), alone);
    }

    private void AddLower(int codePoint, bool alone)
    {
        if (!settings.Lowercase || !unicode.LowerCase.TryGetValue(codePoint, out var lower))
        {
            Add(codePoint, alone);
            return;
        }
        Add(lower.First, alone);
        if (lower.Second != 0)
            Add(lower.Second, alone);
    }

    private void Add(int codePoint, bool alone)
    {
        if (!settings.SplitWords)
        {
            AddUnsplit(codePoint, alone);
            return;
        }
        var kind = CharacterKind.Same;
        if (unicode.IsWhiteSpace(codePoint))
            kind = CharacterKind.Space;
        else if (alone || IsAsciiPunctuation(codePoint) || unicode.ClassOf(codePoint) == UnicodeClass.Punctuation)
            kind = CharacterKind.Isolated;
        AddPart(codePoint, kind);
    }

    /// <summary>The whole text is one word: what would end words is part of it.</summary>
    private void AddUnsplit(int codePoint, bool alone)
    {
        if (alone)
            AddPart(' ');
        AddPart(settings.CleanText && unicode.IsWhiteSpace(codePoint) ? ' ' : codePoint);
        if (alone)
            AddPart(' ');
    }

    private void AddPart(int codePoint, CharacterKind kind = CharacterKind.Same) => _parts.Add(
        new CharacterPart(kind, codePoint, settings.StripAccents ? unicode.CombiningClassOf(codePoint) : 0));
}

/// <summary>A code point that another becomes.</summary>
/// <param name="Kind">
/// Same: belongs to a word. Isolated: a word of its own. Space: ends a word. Dropped: a removed mark of combining class
/// 0, over which canonical reordering moves nothing.
/// </param>
/// <param name="CombiningClass">0 where the text is not reordered.</param>
internal readonly record struct CharacterPart(CharacterKind Kind, int CodePoint, int CombiningClass);
