namespace FineWebTorch.Model;

/// <summary>Which rows a filtered shard keeps.</summary>
public enum KeepRule
{
    /// <summary><c>int_score &gt;= 3</c>, as the published dataset: raw scores above 2.5.</summary>
    Int3,

    /// <summary><c>score &gt;= 3</c>, as the blog post.</summary>
    Raw3,

    /// <summary><c>score &gt;= 2.5</c>.</summary>
    Raw25,

    /// <summary>Every row, those without a score too.</summary>
    All,
}

/// <summary>What a <see cref="KeepRule"/> is called and what it keeps.</summary>
public static class KeepRules
{
    /// <summary>The name as it is written: "int3", "raw3", "raw2.5" or "all".</summary>
    public static string Name(KeepRule rule) => rule switch
    {
        KeepRule.Int3 => "int3",
        KeepRule.Raw3 => "raw3",
        KeepRule.Raw25 => "raw2.5",
        KeepRule.All => "all",
        _ => throw new ArgumentOutOfRangeException(nameof(rule), rule, null),
    };

    /// <summary>Reads a name, or what it stands for: "int&gt;=3", "raw&gt;=3", "raw&gt;=2.5".</summary>
    public static bool TryParse(string text, out KeepRule rule)
    {
        (rule, var known) = text switch
        {
            "int3" or "int>=3" => (KeepRule.Int3, true),
            "raw3" or "raw>=3" => (KeepRule.Raw3, true),
            "raw2.5" or "raw>=2.5" => (KeepRule.Raw25, true),
            "all" => (KeepRule.All, true),
            _ => (default, false),
        };
        return known;
    }

    /// <summary>Whether a row stays.</summary>
    /// <param name="rule">The rule.</param>
    /// <param name="score">A raw score as <see cref="EduScore"/> stores it; unscorable rows are kept by All alone.</param>
    public static bool Keeps(KeepRule rule, float score) => rule switch
    {
        KeepRule.All => true,
        KeepRule.Int3 => float.IsFinite(score) && EduScore.ToIntScore(score) >= 3,
        KeepRule.Raw3 => float.IsFinite(score) && score >= 3f,
        KeepRule.Raw25 => float.IsFinite(score) && score >= 2.5f,
        _ => throw new ArgumentOutOfRangeException(nameof(rule), rule, null),
    };

    /// <summary>The rows of a file that stay, in order, by all of its scores.</summary>
    /// <param name="rule">The rule.</param>
    /// <param name="windows">Windows in order, each with its number and one score a row.</param>
    /// <param name="windowRows">Rows of a window; the last may have fewer.</param>
    /// <returns>Numbers of rows in the file; a row without a score has none of either kind.</returns>
    public static IEnumerable<(long Row, float? Score, int? IntScore)> Kept(
        KeepRule rule, IEnumerable<(int Window, float[] Scores)> windows, int windowRows)
    {
        foreach (var (window, scores) in windows)
        {
            for (var i = 0; i < scores.Length; i++)
            {
                if (!Keeps(rule, scores[i]))
                    continue;
                var row = ((long)window * windowRows) + i;
                yield return EduScore.IsUnscorable(scores[i])
                    ? (row, null, null)
                    : (row, scores[i], EduScore.ToIntScore(scores[i]));
            }
        }
    }
}
