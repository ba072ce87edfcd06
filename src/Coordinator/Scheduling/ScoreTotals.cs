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

    public void Add(ScoreTotals part) => Add(part.Rows, part.Kept, part.Unscorable, part.Tokens, part.RowsByClass);

    public void Remove(ScoreTotals part) => Add(
        -part.Rows, -part.Kept, -part.Unscorable, -part.Tokens,
        part.RowsByClass.Select(one => KeyValuePair.Create(one.Key, -one.Value)));

    public void Add(WindowRecord window) =>
        Add(window.Rows, window.Kept, window.Unscorable, window.Tokens, window.RowsByClass);

    public void Add(FinishedFiles files) =>
        Add(files.Rows, files.Kept, files.Unscorable, files.Tokens, files.RowsByClass);

    public void Add(FileTotalsRecord file) => Add(file.Rows, file.Kept, file.Unscorable, file.Tokens, file.RowsByClass);

    public void Add(BatchRecord batch, KeepRule keep)
    {
        Rows += batch.Rows.Count;
        Kept += batch.Scores.Count(keep.Keeps);
        Unscorable += batch.Scores.Count(EduScore.IsUnscorable);
        Tokens += batch.Tokens;
        RowsByClass[batch.NumericClass] = RowsByClass.GetValueOrDefault(batch.NumericClass) + batch.Rows.Count;
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
