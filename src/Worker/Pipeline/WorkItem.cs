namespace FineWebTorch.Worker.Pipeline;

/// <summary>What the reader hands to the scoring thread.</summary>
/// <param name="Task">The task it belongs to.</param>
/// <param name="Window">A full window; null when nothing more of the task comes.</param>
/// <param name="Failure">Why reading ended early, where it did.</param>
internal readonly record struct WorkItem(ScoreTask Task, WindowBuffer? Window, Exception? Failure = null);
