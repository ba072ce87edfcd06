using System.Text.Json;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Model;

namespace FineWebTorch.Coordinator.Scheduling;

/// <summary>Counts over scored rows, of a file or of a run.</summary>
internal sealed class ScoreTotals
{
    public long Rows { get; private set; }

    public long Kept { get; private set; }

    public long Unscorable { get; private set; }

    public long Tokens { get; private set; }

    public ScoreCounts Scores { get; } = new();

    /// <summary>By numeric class, those without a score by their reason; see <see cref="RowClasses"/>.</summary>
    public Dictionary<string, long> RowsByClass { get; } = new(StringComparer.Ordinal);

    public void Add(ScoreTotals part)
    {
        Scores.Add(part.Scores);
        Add(part.Rows, part.Kept, part.Unscorable, part.Tokens, part.RowsByClass);
    }

    public void Remove(ScoreTotals part)
    {
        Scores.Add(part.Scores, times: -1);
        Add(
            -part.Rows, -part.Kept, -part.Unscorable, -part.Tokens,
            part.RowsByClass.Select(one => KeyValuePair.Create(one.Key, -one.Value)));
    }

    public void Add(WindowRecord window)
    {
        Scores.Add(window.Scores);
        Add(window.Rows, window.Kept, window.Unscorable, window.Tokens, window.RowsByClass);
    }

    public void Add(FinishedFiles files)
    {
        Scores.Add(files.Scores);
        Add(files.Rows, files.Kept, files.Unscorable, files.Tokens, files.RowsByClass);
    }

    public void Add(FileTotalsRecord file)
    {
        Scores.Add(file.Scores);
        Add(file.Rows, file.Kept, file.Unscorable, file.Tokens, file.RowsByClass);
    }

    public void Add(BatchRecord batch, KeepRule keep)
    {
        Rows += batch.Rows.Count;
        Kept += batch.Scores.Count(keep.Keeps);
        Unscorable += batch.Scores.Count(EduScore.IsUnscorable);
        Tokens += batch.Tokens;
        Scores.Add(batch.Scores.AsSpan());
        foreach (var (name, scores) in batch.Scores.CountBy(score => RowClasses.Of(score, batch.NumericClass)))
            RowsByClass[name] = RowsByClass.GetValueOrDefault(name) + scores;
    }

    private void Add(
        long rows, long kept, long unscorable, long tokens, IEnumerable<KeyValuePair<string, long>> rowsByClass)
    {
        Rows += rows;
        Kept += kept;
        Unscorable += unscorable;
        Tokens += tokens;
        foreach (var (name, count) in rowsByClass)
        {
            RowsByClass[name] = RowsByClass.GetValueOrDefault(name) + count;
            if (RowsByClass[name] == 0)
                RowsByClass.Remove(name);
        }
    }
}

/// <summary>
/// Rows are counted by the numeric class that computed their scores; those that have none, which nobody computed, by the
/// reason for it.
/// </summary>
internal static class RowClasses
{
    private const string NoScore = "no score: ";

    public static string Of(float score, string numericClass) => EduScore.ReasonOf(score) switch
    {
        UnscorableReason.None => numericClass,
        var reason => NoScore + JsonNamingPolicy.SnakeCaseLower.ConvertName(reason.ToString()),
    };

    /// <summary>The numeric classes among them.</summary>
    public static SortedDictionary<string, long> Computed(IEnumerable<KeyValuePair<string, long>> rows) =>
        new(rows.Where(one => !IsReason(one.Key)).ToDictionary(), StringComparer.Ordinal);

    /// <summary>The reasons among them, as JSON names them; null where every row has a score.</summary>
    public static SortedDictionary<string, long>? Reasons(IEnumerable<KeyValuePair<string, long>> rows)
    {
        var reasons = rows.Where(one => IsReason(one.Key)).ToDictionary(one => one.Key[NoScore.Length..], one => one.Value);
        return reasons.Count > 0 ? new SortedDictionary<string, long>(reasons, StringComparer.Ordinal) : null;
    }

    private static bool IsReason(string name) => name.StartsWith(NoScore, StringComparison.Ordinal);
}
