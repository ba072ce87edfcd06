using System.Text;

namespace FineWebTorch.Model.Tests.Tokenization;

/// <summary>Texts drawn at random from what makes tokenizers differ, with any character in between.</summary>
internal static class PeerTexts
{
    /// <summary>A mark that stripping accents keeps, and canonical order moves.</summary>
    public const string MarkThatMoves = "\u302E";

    private static readonly string[] Fragments =
    [
        "qwzx", "QWZX", "Qwzx", "qwzxy", "zx", "ab", "AB", "bc", "bc!", "cd", "day", "Day", "DAY", "É day", "é  day",
        "the", "The", "THE ", " the", "cat", "cat ", "dog", "far", "ing", "special", "[X]", "[x]", "[SEP]", "[MASK]",
        "[CLS]", "[SE", "[", "]", "#", "##", "_", "_x", "-", "'", "!", ",", "…", "“", "ÅB", "ÅB3", "åb", "a\u030Ab3",
        "é", "e\u0301", "É", "\u0301", "\u0327\u0301", "\u302E\u0301", "İ", "ß", "ς", "Σ", "ﬁ", "Привет", "中", "文",
        "中文", "豈", "각", "\u1100\u1161", "가", "\u200B", "\u200D", "\u00AD", "\uFEFF", "\u0085", "\u001C", "\u000B",
        "\u007F", "\0", "\uFFFD", "👩\u200D🚀", "Ⓐ", "ⅷ", "٣", "²", "\U0001D400", "\U00010400", "\U000E0001",
        " ", " ", " ", "  ", "\n", "\t", "\r\n", "\u00A0", "\u3000", "\u2028", "1", "42", "3.14", "unbelievably",
        "Tokenization", "embeddings", "Ünïcödeschmerz", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
    ];

    public static IReadOnlyList<string> Draw(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => Draw(random))];
    }

    private static string Draw(Random random)
    {
        var text = new StringBuilder();
        // Few are long; a long one has more tokens than any limit here, on both sides of many parts.
        var fragments = random.Next(50) == 0 ? 300 : random.Next(20);
        for (var i = 0; i < fragments; i++)
        {
            if (random.Next(12) == 0)
                text.Append(AnyCharacter(random));
            else
                text.Append(Fragments[random.Next(Fragments.Length)]);
            if (random.Next(3) == 0)
                text.Append(' ');
        }

        return text.ToString();
    }

    private static Rune AnyCharacter(Random random)
    {
        int[] limits = [0x80, 0x800, 0x3000, 0x10000, 0x20000];
        Rune rune;
        while (!Rune.TryCreate(random.Next(limits[random.Next(limits.Length)]), out rune))
        {
        }

        return rune;
    }
}
