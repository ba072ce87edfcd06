using System.Text;
using FineWebTorch.Common;
using Spectre.Console;

namespace FineWebTorch.Terminal;

/// <summary>Text for columns of a terminal, in which some characters take two cells.</summary>
public static class CellText
{
    /// <summary>Makes a picture of the character before it, which takes two cells then.</summary>
    private const int PictureMark = 0xFE0F;

    /// <summary>Cells that it takes; rather one too many, where terminals differ, than one too few.</summary>
    public static int Width(string text) => text.EnumerateRunes().Sum(Width);

    /// <summary>Without characters that would move the cursor or turn the order of reading around.</summary>
    public static string Clean(string text) => PlainText.IsPlain(text) ? text : PlainText.Clean(text, int.MaxValue);

    /// <summary>The text, or its beginning and a mark where it is too long.</summary>
    public static string Start(string text, int cells, string mark)
    {
        if (Width(text) <= cells)
            return text;
        var (end, width) = (0, mark.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            width += Width(rune);
            if (width > cells)
                break;
            end += rune.Utf16SequenceLength;
        }

        return end == 0 ? mark[..Math.Clamp(cells, 0, mark.Length)] : text[..end] + mark;
    }

    /// <summary>The text, or a mark and its end where it is too long: of paths that is what tells them apart.</summary>
    public static string End(string text, int cells, string mark)
    {
        var left = Width(text);
        if (left <= cells)
            return text;
        var start = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            if (left + mark.Length <= cells)
                break;
            left -= Width(rune);
            start += rune.Utf16SequenceLength;
        }

        return start >= text.Length ? mark[..Math.Clamp(cells, 0, mark.Length)] : mark + text[start..];
    }

    /// <summary>Blanks behind it up to a width.</summary>
    public static string PadRight(string text, int cells) => text + new string(' ', Math.Max(0, cells - Width(text)));

    /// <summary>Parts that fit, cut at blanks where there are any.</summary>
    /// <param name="cells">At least 2, so that any character fits.</param>
    public static IEnumerable<string> Wrap(string text, int cells)
    {
        while (Width(text) > cells)
        {
            var (end, width) = (0, 0);
            foreach (var rune in text.EnumerateRunes())
            {
                width += Width(rune);
                if (width > cells)
                    break;
                end += rune.Utf16SequenceLength;
            }

            var blank = text.LastIndexOf(' ', Math.Min(end, text.Length - 1));
            yield return text[..(blank > 0 ? blank : end)];
            text = blank > 0 ? text[(blank + 1)..] : text[end..];
        }

        yield return text;
    }

    private static int Width(Rune rune) => rune.Value switch
    {
        < 0x7F or PictureMark => 1,
        _ => rune.ToString().GetCellWidth(),
    };
}
