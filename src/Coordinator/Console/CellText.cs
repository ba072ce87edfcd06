using FineWebTorch.Common;
using Spectre.Console;

namespace FineWebTorch.Coordinator.Console;

/// <summary>Text for columns of a terminal, in which some characters take two cells.</summary>
internal static class CellText
{
    /// <summary>Without characters that would move the cursor or turn the order of reading around.</summary>
    public static string Clean(string text) => PlainText.IsPlain(text) ? text : PlainText.Clean(text, int.MaxValue);

    /// <summary>The text, or its beginning and a mark where it is too long.</summary>
    public static string Start(string text, int cells, string mark)
    {
        if (text.GetCellWidth() <= cells)
            return text;
        var end = text.Length;
        while (end > 0 && text[..end].GetCellWidth() + mark.Length > cells)
            end--;
        return end == 0 ? mark[..Math.Clamp(cells, 0, mark.Length)] : text[..WholeEnd(text, end)] + mark;
    }

    /// <summary>The text, or a mark and its end where it is too long: of paths that is what tells them apart.</summary>
    public static string End(string text, int cells, string mark)
    {
        if (text.GetCellWidth() <= cells)
            return text;
        var start = 0;
        while (start < text.Length && text[start..].GetCellWidth() + mark.Length > cells)
            start++;
        if (start < text.Length && char.IsLowSurrogate(text[start]))
            start++;
        return start >= text.Length ? mark[..Math.Clamp(cells, 0, mark.Length)] : mark + text[start..];
    }

    /// <summary>Blanks behind it up to a width.</summary>
    public static string PadRight(string text, int cells) =>
        text + new string(' ', Math.Max(0, cells - text.GetCellWidth()));

    /// <summary>Parts that fit, cut at blanks where there are any.</summary>
    /// <param name="cells">At least 2, so that any character fits.</param>
    public static IEnumerable<string> Wrap(string text, int cells)
    {
        while (text.GetCellWidth() > cells)
        {
            var end = text.Length;
            while (text[..end].GetCellWidth() > cells)
                end--;
            end = WholeEnd(text, end);
            var blank = text.LastIndexOf(' ', Math.Min(end, text.Length - 1));
            yield return text[..(blank > 0 ? blank : end)];
            text = blank > 0 ? text[(blank + 1)..] : text[end..];
        }

        yield return text;
    }

    private static int WholeEnd(string text, int end) => char.IsHighSurrogate(text[end - 1]) ? end - 1 : end;
}
