using System.Globalization;

namespace FineWebTorch.Coordinator.Slurm;

/// <summary>Names of nodes as Slurm writes many in few words: <c>n[1-3,07],gpu5</c>.</summary>
internal static class HostList
{
    /// <summary>Longer ones are not expanded: nobody excludes so many nodes.</summary>
    private const int Most = 65_536;

    public static IReadOnlyList<string> Expand(string text) =>
        [.. Split(text).SelectMany(ExpandOne).Take(Most)];

    /// <summary>At commas that stand in no brackets.</summary>
    private static IEnumerable<string> Split(string text)
    {
        var (start, depth) = (0, 0);
        for (var i = 0; i <= text.Length; i++)
        {
            if (i < text.Length && text[i] is '[' or ']')
                depth += text[i] == '[' ? 1 : -1;
            if (i < text.Length && (text[i] != ',' || depth > 0))
                continue;
            if (i > start)
                yield return text[start..i];
            start = i + 1;
        }
    }

    private static IEnumerable<string> ExpandOne(string name)
    {
        var open = name.IndexOf('[', StringComparison.Ordinal);
        var close = name.IndexOf(']', Math.Max(open, 0));
        if (open < 0 || close < 0)
            return [name];
        var rests = ExpandOne(name[(close + 1)..]).ToList();
        return name[(open + 1)..close].Split(',').SelectMany(Numbers)
            .SelectMany(number => rests.Select(rest => name[..open] + number + rest));
    }

    /// <summary>As wide as the first of them is written.</summary>
    private static IEnumerable<string> Numbers(string range)
    {
        var ends = range.Split('-');
        if (ends.Length != 2 || !int.TryParse(ends[0], NumberStyles.None, CultureInfo.InvariantCulture, out var first) ||
            !int.TryParse(ends[1], NumberStyles.None, CultureInfo.InvariantCulture, out var last))
            return [range];
        return Enumerable.Range(first, Math.Clamp(last - first + 1, 0, Most))
            .Select(number => number.ToString("D" + ends[0].Length, CultureInfo.InvariantCulture));
    }
}
