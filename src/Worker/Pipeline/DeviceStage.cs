namespace FineWebTorch.Worker.Pipeline;

/// <summary>Gives batches to the device, as many at once as it takes, and everything else on in its place.</summary>
/// <param name="emit">Takes the steps over in their order.</param>
internal sealed class DeviceStage(
    LockedScorer scorer, DeviceRoom room, DeviceClock clock, PipelineStatistics statistics, TimeProvider time,
    Action<InFlight> emit)
{
    public void Take(Step step, CancellationToken cancellation)
    {
        if (step is not Step.Score batch)
        {
            emit(new InFlight(step));
            return;
        }

        if (!batch.Item.IsDropped)
            clock.WaitForRoom(room.Take);
        else
        {
            batch.Item.IsCut = true;
            return;
        }

        // A task may have been stopped while it waited.
        if (cancellation.IsCancellationRequested || batch.Item.IsDropped || !Begin(batch))
        {
            batch.Item.IsCut = true;
            room.Release();
        }
    }

    private bool Begin(Step.Score batch)
    {
        var before = statistics.Totals;
        var began = time.GetTimestamp();
        clock.BatchBegun();
        try
        {
            var pending = scorer.Begin(batch.Batch);
            emit(new InFlight(batch, pending, began, time.GetTimestamp(), before));
            return true;
        }
#pragma warning disable CA1031 // Whatever is wrong with one batch must not end the worker
        catch (Exception failure)
#pragma warning restore CA1031
        {
            clock.BatchEnded();
            batch.Item.Task.Fail(failure);
            return false;
        }
    }
}
