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

    public Dictionary<string, long> RowsByClass { get; } = new(StringComparer.Ordinal);

    public static ScoreTotals Sum(IEnumerable<ScoreTotals> parts)
    {
        var sum = new ScoreTotals();
        foreach (var part in parts)
        {
            sum.Rows += part.Rows;
            sum.Kept += part.Kept;
            sum.Unscorable += part.Unscorable;
            sum.Tokens += part.Tokens;
            foreach (var (name, rows) in part.RowsByClass)
                sum.RowsByClass[name] = sum.RowsByClass.GetValueOrDefault(name) + rows;
        }

        return sum;
    }

    public void Add(WindowRecord window)
    {
        Rows += window.Rows;
        Kept += window.Kept;
        Unscorable += window.Unscorable;
        Tokens += window.Tokens;
        foreach (var (name, rows) in window.RowsByClass)
            RowsByClass[name] = RowsByClass.GetValueOrDefault(name) + rows;
    }

    public void Add(BatchRecord batch, KeepRule keep)
    {
        Rows += batch.Rows.Count;
        Kept += batch.Scores.Count(keep.Keeps);
        Unscorable += batch.Scores.Count(EduScore.IsUnscorable);
        Tokens += batch.Tokens;
        RowsByClass[batch.NumericClass] = RowsByClass.GetValueOrDefault(batch.NumericClass) + batch.Rows.Count;
    }
}
