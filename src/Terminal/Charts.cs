namespace FineWebTorch.Terminal;

/// <summary>Numbers as bars that are made of characters.</summary>
public static class Charts
{
    /// <summary>A bar that lies: what is filled, and what is not.</summary>
    /// <param name="share">0 to 1; anything else is taken as the nearest of these.</param>
    public static (string Done, string Open) Bar(double share, int cells, (char Done, char Open) glyphs)
    {
        var filled = (int)(Math.Clamp(share, 0, 1) * cells);
        return (new string(glyphs.Done, filled), new string(glyphs.Open, cells - filled));
    }

    /// <summary>A course over time as a row of bars; what is not known is blank.</summary>
    /// <param name="values">The oldest first; means of neighbours where there are more than cells.</param>
    /// <param name="top">What fills a cell.</param>
    /// <returns>As many characters as cells.</returns>
    public static string Line(IReadOnlyList<double?> values, int cells, double top, Glyphs glyphs)
    {
        var (fitting, steps) = (values.Count <= cells ? values : Means(values, cells), glyphs.LowHeights);
        return string.Concat(fitting.Select(value => value is { } known
            ? steps[(int)Math.Clamp(known / top * steps.Length, 0, steps.Length - 1)]
            : ' ')).PadRight(cells);
    }

    /// <summary>Bars that stand beside each other, each at least seen where it is more than nothing.</summary>
    /// <returns>So many rows, the highest first, each with a character a value.</returns>
    public static IReadOnlyList<string> Columns(IReadOnlyList<double> values, int rows, Glyphs glyphs)
    {
        var top = Math.Max(values.Max(), double.Epsilon);
        var steps = glyphs.Heights.Length;
        int[] heights = [.. values.Select(value => value > 0 ? Math.Max(1, (int)(value / top * rows * steps)) : 0)];
        return [.. Enumerable.Range(0, rows).Reverse().Select(row => string.Concat(heights.Select(height =>
            height <= row * steps ? ' ' : glyphs.Heights[Math.Min(height - (row * steps), steps) - 1])))];
    }

    /// <summary>Of neighbours, so that so many are left; null where none of them is known.</summary>
    public static IReadOnlyList<double?> Means(IReadOnlyList<double?> values, int count) =>
    [
        .. Enumerable.Range(0, count).Select(i =>
        {
            var (from, to) = ((int)((long)i * values.Count / count), (int)((i + 1L) * values.Count / count));
            return values.Skip(from).Take(to - from).Average();
        }),
    ];
}
