using FineWebTorch.Model;

namespace FineWebTorch.Worker.Pipeline;

/// <summary>What travels behind the reader, in the order of the windows.</summary>
internal abstract record Step(WorkItem Item)
{
    /// <summary>A batch for the device.</summary>
    /// <param name="Rows">Of its documents, within the window.</param>
    /// <param name="Tokens">Tokens of its documents.</param>
    internal sealed record Score(WorkItem Item, int[] Rows, long Tokens, PackedBatch Batch) : Step(Item);

    /// <summary>Scores that need no device.</summary>
    internal sealed record Report(WorkItem Item, BatchScores Scores) : Step(Item);

    /// <summary>Nothing more comes of the item.</summary>
    internal sealed record End(WorkItem Item) : Step(Item);
}
