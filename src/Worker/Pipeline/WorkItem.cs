namespace FineWebTorch.Worker.Pipeline;

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
