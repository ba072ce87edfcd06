using FineWebTorch.Model;

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

/// <summary>A step that has passed the device thread.</summary>
/// <param name="Pending">The batch on the device; null where the step needs none.</param>
/// <param name="Began">Timestamp before the device was given the batch.</param>
/// <param name="Given">Timestamp after that.</param>
/// <param name="Before">The pipeline's totals at that moment.</param>
internal sealed record InFlight(
    Step Step, IPendingBatch? Pending = null, long Began = 0, long Given = 0, PipelineTotals Before = default);

/// <summary>Bounds how many batches are on the device at once.</summary>
/// <param name="most">The bound, asked anew for each batch.</param>
internal sealed class DeviceRoom(Func<int> most)
{
    private readonly object _lock = new();
    private int _taken;

    /// <summary>Waits until there is room, and takes it.</summary>
    public void Take()
    {
        lock (_lock)
        {
            while (_taken >= Math.Max(1, most()))
                Monitor.Wait(_lock);
            _taken++;
        }
    }

    public void Release()
    {
        lock (_lock)
        {
            _taken--;
            Monitor.Pulse(_lock);
        }
    }
}

/// <summary>A scorer for two threads: one begins batches, the other scores single documents again.</summary>
internal sealed class LockedScorer(IScorer scorer)
{
    private readonly Lock _lock = new();

    public IPendingBatch Begin(PackedBatch batch)
    {
        lock (_lock)
            return scorer.Begin(batch);
    }

    public float ScoreAlone(ReadOnlySpan<int> tokenIds)
    {
        lock (_lock)
            return scorer.ScoreAlone(tokenIds);
    }
}
