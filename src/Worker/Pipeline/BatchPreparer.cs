using FineWebTorch.Model;

namespace FineWebTorch.Worker.Pipeline;

/// <summary>Gathers the batches of a window that are not stored yet, ahead of the device.</summary>
/// <param name="numericClass">Of rows that cannot be scored.</param>
internal sealed class BatchPreparer(string numericClass)
{
    public IEnumerable<Step> StepsOf(WorkItem item)
    {
        if (item.Window is { } window)
        {
            if (Unscorable(item, window) is { } report)
                yield return report;
            for (var batch = 0; batch < window.Plan!.Count && !item.IsCut; batch++)
            {
                if (item.IsDropped)
                    item.IsCut = true;
                else if (!item.Task.Stored.AreStored(window.Index, window.Plan.RowsOf(batch)))
                    yield return Gather(item, window, window.Plan.RowsOf(batch));
            }
        }

        yield return new Step.End(item);
    }

    private Step.Report? Unscorable(WorkItem item, WindowBuffer window)
    {
        var rows = new List<int>();
        var scores = new List<float>();
        for (var row = 0; row < window.Rows; row++)
        {
            if (window.FaultOf(row) is not UnscorableReason.None and var fault &&
                !item.Task.Stored.IsStored(window.Index, row))
            {
                rows.Add(row);
                scores.Add(EduScore.Unscorable(fault));
            }
        }

        return rows.Count == 0 || item.IsDropped
            ? null
            : new Step.Report(item, new BatchScores(window.Index, [.. rows], [.. scores], 0, numericClass));
    }

    private static Step.Score Gather(WorkItem item, WindowBuffer window, ReadOnlySpan<int> rows)
    {
        var starts = new int[rows.Length + 1];
        for (var i = 0; i < rows.Length; i++)
            starts[i + 1] = starts[i] + window.TokenCounts[rows[i]];
        var ids = new int[starts[^1]];
        var tokens = 0L;
        for (var i = 0; i < rows.Length; i++)
        {
            var document = window.TokensOf(rows[i]);
            document.CopyTo(ids.AsSpan(starts[i]));
            tokens += document.Length;
        }

        return new Step.Score(item, rows.ToArray(), tokens, new PackedBatch(ids, starts));
    }
}
