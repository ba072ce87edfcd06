namespace FineWebTorch.Worker.Pipeline;

/// <summary>Where the pipeline's results go. Called by the pipeline's threads, so it must not block for long.</summary>
internal interface IScoreSink
{
    /// <summary>The task has been read as far as it will be; the reader is free for the next one.</summary>
    void TaskRead(ScoreTask task);

    void BatchScored(ScoreTask task, BatchScores batch);

    /// <summary>Every batch of a window has been scored; the window is valid during the call.</summary>
    void WindowScored(ScoreTask task, WindowBuffer window);

    /// <summary>Nothing more comes of this task.</summary>
    /// <param name="failure">Why it ended early; null where it is done or was stopped.</param>
    void TaskEnded(ScoreTask task, Exception? failure);
}

/// <summary>The scores of one batch, or of a window's rows that cannot be scored.</summary>
/// <param name="Window">The window's number.</param>
/// <param name="Rows">Within the window.</param>
/// <param name="Scores">One for each of the rows; unscorable ones as the protocol encodes them.</param>
/// <param name="TokenCounts">One for each of the rows, with [CLS] and [SEP]; 0 for those that cannot be scored.</param>
/// <param name="NumericClass">What computed them.</param>
internal sealed record BatchScores(int Window, int[] Rows, float[] Scores, int[] TokenCounts, string NumericClass);
