namespace FineWebTorch.Common;

/// <summary>What may have been meant by a word that nobody knows.</summary>
public static class Typos
{
    private const int MostHints = 2;

    /// <returns>"; did you mean x?", or nothing where no known word is like it.</returns>
    public static string Hint(string word, IEnumerable<string> known)
    {
        var near = Near(word, known);
        return near.Count == 0 ? "" : $"; did you mean {OptionText.Among(near)}?";
    }

    /// <returns>The known words most like it, the likest first; those as far from it as a typing error goes.</returns>
    public static IReadOnlyList<string> Near(string word, IEnumerable<string> known)
    {
        var name = word.TrimStart('-');
        if (name.Length == 0)
            return [];
        var most = Math.Max(1, name.Length / 3);
        return [.. known.Distinct()
            .Select(candidate => (Word: candidate, Steps: Steps(name, candidate.TrimStart('-'))))
            .Where(candidate => candidate.Steps <= most)
            .OrderBy(candidate => candidate.Steps)
            .Select(candidate => candidate.Word)
            .Take(MostHints)];
    }

    /// <summary>Letters to add, drop, change or swap; another case, and a beginning of the word, count as one.</summary>
    private static int Steps(string typed, string known)
    {
        if (string.Equals(typed, known, StringComparison.OrdinalIgnoreCase) ||
            (typed.Length >= 3 && known.StartsWith(typed, StringComparison.OrdinalIgnoreCase)))
            return 1;
        var rows = new int[typed.Length + 1, known.Length + 1];
        for (var i = 0; i <= typed.Length; i++)
        {
            for (var j = 0; j <= known.Length; j++)
                rows[i, j] = Step(typed, known, rows, i, j);
        }

        return rows[typed.Length, known.Length];
    }

    private static int Step(string typed, string known, int[,] rows, int i, int j)
    {
        if (i == 0 || j == 0)
            return i + j;
        var changed = rows[i - 1, j - 1] + (typed[i - 1] == known[j - 1] ? 0 : 1);
        var steps = Math.Min(changed, Math.Min(rows[i - 1, j], rows[i, j - 1]) + 1);
        var isSwap = i > 1 && j > 1 && typed[i - 1] == known[j - 2] && typed[i - 2] == known[j - 1];
        return isSwap ? Math.Min(steps, rows[i - 2, j - 2] + 1) : steps;
    }
}
