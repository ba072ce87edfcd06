using FineWebTorch.Worker.Pipeline;

namespace FineWebTorch.Bench.Pipeline;

/// <summary>Keeps the scores of one file in its order.</summary>
internal sealed class CollectingSink(int windowRows) : IScoreSink
{
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<float> _scores = [];
    private readonly float[] _window = new float[windowRows];

    public Task Ended => _ended.Task;

    public Exception? Failure { get; private set; }

    public float[] Scores => [.. _scores];

    public void TaskRead(ScoreTask task)
    {
        // There is no next task.
    }

    public void BatchScored(ScoreTask task, BatchScores batch)
    {
        for (var i = 0; i < batch.Rows.Length; i++)
            _window[batch.Rows[i]] = batch.Scores[i];
    }

    public void WindowScored(ScoreTask task, WindowBuffer window) => _scores.AddRange(_window.AsSpan(0, window.Rows));

    public void TaskEnded(ScoreTask task, Exception? failure)
    {
        Failure = failure;
        _ended.TrySetResult();
    }
}
