using FineWebTorch.Model;
using FineWebTorch.Worker.Pipeline;

namespace FineWebTorch.Worker.Devices;

/// <summary>
/// Gives a device several batches at once; fewer where its memory does not suffice, and in the end parts of one.
/// </summary>
internal sealed class DeviceQueue(
    Func<PackedBatch, PendingScores> begin, BatchesInFlight inFlight, string numericClass, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly List<PendingBatch> _pending = [];
    private long _lastEnd = long.MinValue;

    public IPendingBatch Begin(PackedBatch batch)
    {
        try
        {
            return Start(batch);
        }
        catch (DeviceMemoryException)
        {
            // Tried again outside of the handler, when what the failed attempt held has been let go.
        }

        if (LetFinish() is > 0 and var held)
        {
            inFlight.Exhausted(held);
            try
            {
                return Start(batch);
            }
            catch (DeviceMemoryException) when (batch.Documents > 1)
            {
                // It does not fit by itself either.
            }
        }

        return InParts(batch);
    }

    private PendingBatch Start(PackedBatch batch)
    {
        var began = time.GetTimestamp();
        var pending = new PendingBatch(this, begin(batch), began, time.GetTimestamp());
        lock (_lock)
            _pending.Add(pending);
        return pending;
    }

    /// <returns>Batches that were on the device, and have left it now.</returns>
    private int LetFinish()
    {
        PendingBatch[] pending;
        lock (_lock)
            pending = [.. _pending];
        foreach (var batch in pending)
            batch.Settle();
        return pending.Length;
    }

    private Parts InParts(PackedBatch batch)
    {
        var scores = new float[batch.Documents];
        var splitter = new BatchSplitter((part, places) => begin(part).Wait().Scores.CopyTo(places));
        var wasSplit = splitter.Score(batch, scores);
        return new Parts(new DeviceScores(scores, wasSplit ? numericClass + ";split" : numericClass));
    }

    private DeviceScores Ended(PendingBatch batch, PendingScores scores)
    {
        ComputedScores computed;
        try
        {
            computed = scores.Wait();
        }
        finally
        {
            lock (_lock)
                _pending.Remove(batch);
        }

        var end = time.GetTimestamp();
        lock (_lock)
        {
            var device = computed.DeviceTime ?? time.GetElapsedTime(Math.Max(batch.Given, _lastEnd), end);
            _lastEnd = end;
            inFlight.Measured(time.GetElapsedTime(batch.Began, batch.Given), device);
        }

        return new DeviceScores(computed.Scores, numericClass, computed.DeviceTime);
    }

    private sealed class PendingBatch : IPendingBatch
    {
        private readonly PendingScores _scores;
        // Waited for once, by whoever comes first; a failure is the same for both.
        private readonly Lazy<DeviceScores> _scored;

        public PendingBatch(DeviceQueue queue, PendingScores scores, long began, long given)
        {
            (_scores, Began, Given) = (scores, began, given);
            _scored = new Lazy<DeviceScores>(() => queue.Ended(this, scores));
        }

        public long Began { get; }

        public long Given { get; }

        public bool IsCompleted => _scores.IsCompleted;

        public DeviceScores Wait() => _scored.Value;

        /// <summary>Waits; a failure is for who waits for the scores.</summary>
        public void Settle()
        {
            try
            {
                _ = _scored.Value;
            }
            catch (Exception failure) when (failure is DeviceMemoryException or DeviceFailedException)
            {
                // Thrown again there.
            }
        }
    }

    private sealed class Parts(DeviceScores scored) : IPendingBatch
    {
        public bool IsCompleted => true;

        public DeviceScores Wait() => scored;
    }
}
