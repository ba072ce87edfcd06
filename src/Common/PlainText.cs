using System.Globalization;
using System.Text;

namespace FineWebTorch.Common;

/// <summary>Text of others that is to be shown: nothing in it moves a cursor, colours a terminal or hides.</summary>
public static class PlainText
{
    /// <summary>Whether it has neither control characters nor line ends nor marks that change the order of reading.</summary>
    public static bool IsPlain(string text) => text.EnumerateRunes().All(IsPlain);

    /// <summary>The text with a question mark for what is not plain, cut where it is too long.</summary>
    /// <param name="most">UTF-16 code units, the mark at the end included.</param>
    public static string Clean(string text, int most)
    {
        var clean = new StringBuilder(Math.Min(text.Length, most));
        foreach (var rune in text.EnumerateRunes())
        {
            if (clean.Length + rune.Utf16SequenceLength > most - 1)
                return clean.Append('…').ToString();
            clean.Append(IsPlain(rune) ? rune.ToString() : "?");
        }

        return clean.ToString();
    }

    /// <inheritdoc cref="IsPlain(string)"/>
    public static bool IsPlain(Rune rune) => Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control
        or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);
}
