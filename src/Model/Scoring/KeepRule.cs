using System.Globalization;

namespace FineWebTorch.Model;

/// <summary>
/// Which rows a filtered shard keeps: <c>intN</c> those with <c>int_score &gt;= N</c>, <c>rawX</c> those with
/// <c>score &gt;= X</c>, <c>all</c> every row, those without a score too.
/// </summary>
/// <remarks>Rules that keep the same rows by the same column are equal and have one name: raw2.50 is raw2.5.</remarks>
public readonly record struct KeepRule
{
    private const int HighestIntScore = 5;
    private const NumberStyles Decimals =
        NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;

    private readonly Column _column;
    private readonly double _least;

    private KeepRule(Column column, double least)
    {
        _column = column;
        _least = least;
    }

    private enum Column
    {
        None,
        IntScore,
        Score,
    }

    /// <summary>Every row, those without a score too. The default of the type.</summary>
    public static KeepRule All => default;

    /// <summary>Whether rows without a score stay as well.</summary>
    public bool IsAll => _column == Column.None;

    /// <summary>
    /// The score from which on rows stay, but for one that lies just between two of <c>int_score</c>; null where all with a
    /// score do.
    /// </summary>
    public double? LowestScore => _column switch
    {
        Column.Score => _least,
        Column.IntScore when _least > 0 => _least - 0.5,
        _ => null,
    };

    /// <summary>Rows whose rounded score is at least <paramref name="least"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not from 0 to 5, as <c>int_score</c> is.</exception>
    public static KeepRule IntScore(int least) => least is >= 0 and <= HighestIntScore
        ? new KeepRule(Column.IntScore, least)
        : throw new ArgumentOutOfRangeException(nameof(least), least, "int_score is from 0 to 5");

    /// <summary>Rows whose score is at least <paramref name="least"/>, both taken as doubles.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not finite.</exception>
    public static KeepRule Score(double least) => double.IsFinite(least)
        ? new KeepRule(Column.Score, least + 0.0) // -0 is 0 then
        : throw new ArgumentOutOfRangeException(nameof(least), least, "a threshold is a finite number");

    /// <summary>
    /// Reads a name, or what it stands for: "int3" or "int&gt;=3", "raw2.5" or "raw&gt;=2.5", "all".
    /// </summary>
    /// <returns>False for anything else, such as int6: no <c>int_score</c> is above 5.</returns>
    public static bool TryParse(string text, out KeepRule rule)
    {
        rule = default;
        if (text == "all")
            return true;
        if (Threshold(text, "int") is { } whole &&
            int.TryParse(whole, NumberStyles.None, CultureInfo.InvariantCulture, out var least) &&
            least <= HighestIntScore)
        {
            rule = IntScore(least);
            return true;
        }

        if (Threshold(text, "raw") is not { } number ||
            !double.TryParse(number, Decimals, CultureInfo.InvariantCulture, out var threshold) ||
            !double.IsFinite(threshold))
            return false;
        rule = Score(threshold);
        return true;
    }

    /// <summary>The name, which <see cref="TryParse"/> reads: "int3", "raw2.5", "all".</summary>
    public override string ToString() => _column switch
    {
        Column.IntScore => string.Create(CultureInfo.InvariantCulture, $"int{_least}"),
        Column.Score => string.Create(CultureInfo.InvariantCulture, $"raw{_least:R}"),
        _ => "all",
    };

    /// <summary>Whether a row stays.</summary>
    /// <param name="score">A raw score as <see cref="EduScore"/> stores it; unscorable rows are kept by All alone.</param>
    public bool Keeps(float score) => _column switch
    {
        Column.None => true,
        _ when !float.IsFinite(score) => false,
        Column.IntScore => EduScore.ToIntScore(score) >= _least,
        _ => score >= _least,
    };

    /// <summary>The rows of a file that stay, in order, by all of its scores.</summary>
    /// <param name="windows">Windows in order, each with its number and one score a row.</param>
    /// <param name="windowRows">Rows of a window; the last may have fewer.</param>
    /// <returns>Numbers of rows in the file; a row without a score has none of either kind.</returns>
    public IEnumerable<(long Row, float? Score, int? IntScore)> Kept(
        IEnumerable<(int Window, float[] Scores)> windows, int windowRows)
    {
        foreach (var (window, scores) in windows)
        {
            for (var i = 0; i < scores.Length; i++)
            {
                if (!Keeps(scores[i]))
                    continue;
                var row = ((long)window * windowRows) + i;
                yield return EduScore.IsUnscorable(scores[i])
                    ? (row, null, null)
                    : (row, scores[i], EduScore.ToIntScore(scores[i]));
            }
        }
    }

    private static string? Threshold(string text, string column)
    {
        if (!text.StartsWith(column, StringComparison.Ordinal))
            return null;
        var number = text[column.Length..];
        return number.StartsWith(">=", StringComparison.Ordinal) ? number[2..] : number;
    }
}
