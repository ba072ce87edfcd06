namespace FineWebTorch.Worker.Pipeline;

/// <summary>A step that has passed the device thread.</summary>
/// <param name="Pending">The batch on the device; null where the step needs none.</param>
/// <param name="Began">Timestamp before the device was given the batch.</param>
/// <param name="Given">Timestamp after that.</param>
/// <param name="Before">The pipeline's totals at that moment.</param>
internal sealed record InFlight(
    Step Step, IPendingBatch? Pending = null, long Began = 0, long Given = 0, PipelineTotals Before = default);
