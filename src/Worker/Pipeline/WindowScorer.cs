using FineWebTorch.Model;

namespace FineWebTorch.Worker.Pipeline;

/// <summary>Scores the batches of one window that are not stored yet.</summary>
internal sealed class WindowScorer(IScorer scorer, IScoreSink sink, PipelineStatistics statistics, TimeProvider time)
{
    public void Score(ScoreTask task, WindowBuffer window)
    {
        var plan = window.Plan!;
        ReportUnscorable(task, window);
        for (var batch = 0; batch < plan.Count; batch++)
        {
            if (task.Drops(window.Index))
                return;
            if (!task.Stored.AreStored(window.Index, plan.RowsOf(batch)))
                sink.BatchScored(task, ScoreBatch(window, plan.RowsOf(batch)));
        }

        sink.WindowScored(task, window);
    }

    private void ReportUnscorable(ScoreTask task, WindowBuffer window)
    {
        var rows = new List<int>();
        var scores = new List<float>();
        for (var row = 0; row < window.Rows; row++)
        {
            if (window.FaultOf(row) is not UnscorableReason.None and var fault &&
                !task.Stored.IsStored(window.Index, row))
            {
                rows.Add(row);
                scores.Add(EduScore.Unscorable(fault));
            }
        }

        if (rows.Count == 0 || task.Drops(window.Index))
            return;
        statistics.AddBatch(rows.Count, 0, TimeSpan.Zero);
        sink.BatchScored(task, new BatchScores(window.Index, [.. rows], [.. scores], 0, scorer.NumericClass));
    }

    private BatchScores ScoreBatch(WindowBuffer window, ReadOnlySpan<int> rows)
    {
        var started = time.GetTimestamp();
        var scores = new float[rows.Length];
        var tokens = ScoreRows(window, rows, scores);
        for (var i = 0; i < rows.Length; i++)
        {
            if (!float.IsFinite(scores[i]))
                scores[i] = ScoreAgain(window.TokensOf(rows[i]));
        }

        statistics.AddBatch(rows.Length, tokens, time.GetElapsedTime(started));
        return new BatchScores(window.Index, rows.ToArray(), scores, tokens, scorer.NumericClass);
    }

    /// <returns>Tokens in the batch.</returns>
    private int ScoreRows(WindowBuffer window, ReadOnlySpan<int> rows, Span<float> scores)
    {
        var starts = new int[rows.Length + 1];
        for (var i = 0; i < rows.Length; i++)
            starts[i + 1] = starts[i] + window.TokenCounts[rows[i]];
        var ids = new int[starts[^1]];
        for (var i = 0; i < rows.Length; i++)
            window.TokensOf(rows[i]).CopyTo(ids.AsSpan(starts[i]));
        scorer.Score(new PackedBatch(ids, starts), scores);
        return ids.Length;
    }

    private float ScoreAgain(ReadOnlySpan<int> ids)
    {
        var score = scorer.ScoreAlone(ids);
        return float.IsFinite(score) ? score : EduScore.Unscorable(UnscorableReason.NotFinite);
    }
}
