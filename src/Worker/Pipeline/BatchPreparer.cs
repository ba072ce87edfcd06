using FineWebTorch.Model;
using FineWebTorch.Worker.Devices;

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
            : new Step.Report(item, new BatchScores(window.Index, [.. rows], [.. scores], new int[rows.Count], numericClass));
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

/// <summary>What the reader hands on.</summary>
/// <param name="Task">The task it belongs to.</param>
/// <param name="Window">A full window; null when nothing more of the task comes.</param>
/// <param name="Failure">Why reading ended early, where it did.</param>
internal sealed record WorkItem(ScoreTask Task, WindowBuffer? Window, Exception? Failure = null)
{
    /// <summary>A batch of it was left out. Set by the stage that holds the item, in the order of the stages.</summary>
    public bool IsCut { get; set; }

    /// <summary>Whether nothing more of it is to be done.</summary>
    public bool IsDropped => Window is { } window && Task.Drops(window.Index);
}

/// <summary>What travels behind the reader, in the order of the windows.</summary>
internal abstract record Step(WorkItem Item)
{
    /// <summary>A batch for the device.</summary>
    /// <param name="Rows">Of its documents, within the window.</param>
    /// <param name="Tokens">Tokens of its documents.</param>
    internal sealed record Score(WorkItem Item, int[] Rows, long Tokens, PackedBatch Batch) : Step(Item)
    {
        /// <summary>The batch as the device has it. Set by the device thread.</summary>
        public DeviceQueue.QueuedBatch? Queued { get; set; }

        /// <summary>The pipeline's totals when the device was given the batch.</summary>
        public PipelineTotals Before { get; set; }
    }

    /// <summary>Scores that need no device.</summary>
    internal sealed record Report(WorkItem Item, BatchScores Scores) : Step(Item);

    /// <summary>Nothing more comes of the item.</summary>
    internal sealed record End(WorkItem Item) : Step(Item);
}
