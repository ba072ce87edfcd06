using System.Collections.Concurrent;
using FineWebTorch.Worker.Pipeline;

namespace FineWebTorch.Worker.Tests.Fakes;

/// <summary>Remembers what came out of the pipeline.</summary>
internal sealed class RecordingSink : IScoreSink
{
    private readonly ConcurrentDictionary<ScoreTask, TaskCompletionSource<Exception?>> _ends = new();
    private readonly ConcurrentDictionary<ScoreTask, TaskCompletionSource> _reads = new();

    public ConcurrentQueue<(ScoreTask Task, BatchScores Batch)> Batches { get; } = new();

    public ConcurrentQueue<int> Windows { get; } = new();

    public Action<ScoreTask, BatchScores> Scored { get; set; } = (_, _) => { };

    /// <summary>Completes with the task's failure, or null.</summary>
    public Task<Exception?> EndOf(ScoreTask task) =>
        EndSource(task).Task.WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);

    public Task ReadOf(ScoreTask task) =>
        ReadSource(task).Task.WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);

    /// <summary>Scores by row number; a row scored twice fails.</summary>
    public SortedDictionary<long, float> Scores(ScoreTask task)
    {
        var scores = new SortedDictionary<long, float>();
        foreach (var (from, batch) in Batches)
        {
            for (var i = 0; from == task && i < batch.Rows.Length; i++)
                scores.Add((long)batch.Window * task.WindowRows + batch.Rows[i], batch.Scores[i]);
        }

        return scores;
    }

    public void TaskRead(ScoreTask task) => ReadSource(task).SetResult();

    public void BatchScored(ScoreTask task, BatchScores batch)
    {
        Batches.Enqueue((task, batch));
        Scored(task, batch);
    }

    public void WindowScored(ScoreTask task, WindowBuffer window) => Windows.Enqueue(window.Index);

    public void TaskEnded(ScoreTask task, Exception? failure) => EndSource(task).SetResult(failure);

    private TaskCompletionSource<Exception?> EndSource(ScoreTask task) => _ends.GetOrAdd(
        task, _ => new TaskCompletionSource<Exception?>(TaskCreationOptions.RunContinuationsAsynchronously));

    private TaskCompletionSource ReadSource(ScoreTask task) => _reads.GetOrAdd(
        task, _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
}
