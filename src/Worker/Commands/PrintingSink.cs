using FineWebTorch.Worker.Output;
using FineWebTorch.Worker.Pipeline;

namespace FineWebTorch.Worker.Commands;

/// <summary>Puts the scores of each window into row order and writes them.</summary>
internal sealed class PrintingSink(IScoreWriter writer, ScoreProgress progress) : IScoreSink
{
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private float[] _scores = [];

    public Task Ended => _ended.Task;

    public Exception? Failure { get; private set; }

    public void TaskRead(ScoreTask task)
    {
        // There is no next task.
    }

    public void BatchScored(ScoreTask task, BatchScores batch)
    {
        if (_scores.Length < task.WindowRows)
            _scores = new float[task.WindowRows];
        for (var i = 0; i < batch.Rows.Length; i++)
            _scores[batch.Rows[i]] = batch.Scores[i];
        progress.Add(batch.Rows.Length);
    }

    public void WindowScored(ScoreTask task, WindowBuffer window)
    {
        for (var row = 0; row < window.Rows; row++)
        {
            writer.Write(new ScoredDocument(
                window.FirstRow + row, window.ExcerptOf(row), _scores[row], window.TokenCounts[row]));
        }

        writer.Flush();
    }

    public void TaskEnded(ScoreTask task, Exception? failure)
    {
        Failure ??= failure;
        _ended.TrySetResult();
    }
}
