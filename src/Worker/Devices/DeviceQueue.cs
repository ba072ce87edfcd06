using FineWebTorch.Model;

namespace FineWebTorch.Worker.Devices;

/// <summary>
/// The worker's side of a device: bounds how many batches it is given at once, splits what does not fit into its
/// memory, and takes the times. One thread begins batches, another waits for them in the same order.
/// </summary>
/// <param name="inFlight">How many batches at once; asked anew for each batch.</param>
internal sealed class DeviceQueue(IScorer scorer, BatchesInFlight inFlight, TimeProvider time)
{
    // Guards the scorer. What is held while somebody waits for room, or for a batch, is another lock.
    private readonly Lock _device = new();
    private readonly object _room = new();
    private readonly List<QueuedBatch> _batches = [];
    private long _lastEnd = long.MinValue;

    // The smallest batch that did not fit even alone. For the life of the process: another attempt would fail again.
    private int _tooManyTokens = int.MaxValue;

    /// <summary>Equal strings promise equal bits.</summary>
    public string NumericClass => scorer.NumericClass;

    /// <summary>The numeric class of parts of a batch, which may have other last bits than the whole.</summary>
    public string NumericClassOfParts => scorer.IsBatchInvariant ? NumericClass : NumericClass + ";split";

    /// <summary>Waits until the device may be given another batch.</summary>
    public void WaitForRoom()
    {
        lock (_room)
        {
            while (_batches.Count >= Math.Max(1, inFlight.Current))
                Monitor.Wait(_room);
        }
    }

    /// <summary>Gives a batch to the device. What does not fit into its memory is scored in parts at once.</summary>
    /// <exception cref="DeviceFailedException">The device has failed; nothing more can be had of it.</exception>
    public QueuedBatch Begin(PackedBatch batch)
    {
        var began = time.GetTimestamp();
        lock (_device)
        {
            var queued = Start(batch) is { } pending
                ? new QueuedBatch(this, batch, pending, began, time)
                : new QueuedBatch(
                    this, batch, PendingScores.Completed(ScoreInParts(batch)), began, time, wasSplit: true);
            lock (_room)
                _batches.Add(queued);
            return queued;
        }
    }

    /// <summary>The score of one document alone, computed in fp32.</summary>
    /// <exception cref="DeviceFailedException">The device has failed, or has no memory even for this.</exception>
    public float ScoreAlone(ReadOnlySpan<int> tokenIds)
    {
        lock (_device)
        {
            try
            {
                return scorer.ScoreAlone(tokenIds);
            }
            catch (Exception full) when (IsMemory(full))
            {
                // In a 16-bit mode the weights have to be loaded again: there may be room when nothing is computed.
            }

            LetFinish();
            try
            {
                return scorer.ScoreAlone(tokenIds);
            }
            catch (Exception full) when (IsMemory(full))
            {
                throw new DeviceFailedException("the device has too little memory to score a document in fp32", full);
            }
        }
    }

    /// <returns>Null where a batch of so many tokens does not fit even alone.</returns>
    private PendingScores? Start(PackedBatch batch)
    {
        if (batch.Tokens >= _tooManyTokens)
            return null;
        if (TryBegin(batch) is { } pending)
            return pending;
        if (LetFinish() is > 0 and var held && TryBegin(batch) is { } alone)
        {
            inFlight.Exhausted(held);
            return alone;
        }

        _tooManyTokens = batch.Tokens;
        return null;
    }

    private PendingScores? TryBegin(PackedBatch batch)
    {
        try
        {
            return scorer.Begin(batch);
        }
        catch (Exception full) when (IsMemory(full))
        {
            // Tried again outside of the handler, when what the failed attempt held has been let go.
            return null;
        }
    }

    /// <returns>Batches that were on the device, and have left it now.</returns>
    private int LetFinish()
    {
        QueuedBatch[] batches;
        lock (_room)
            batches = [.. _batches];
        foreach (var batch in batches)
            batch.Settle();
        return batches.Length;
    }

    private float[] ScoreInParts(PackedBatch batch)
    {
        if (batch.Documents == 1)
            throw new DeviceFailedException(
                $"the device has too little memory for a single document of {batch.Tokens} tokens");
        var half = batch.Documents / 2;
        return [.. ScorePart(Part(batch, 0, half)), .. ScorePart(Part(batch, half, batch.Documents))];
    }

    private float[] ScorePart(PackedBatch part)
    {
        try
        {
            if (Start(part) is { } pending)
                return pending.Wait().Scores;
        }
        catch (Exception full) when (IsMemory(full))
        {
            _tooManyTokens = Math.Min(_tooManyTokens, part.Tokens);
        }

        return ScoreInParts(part);
    }

    private static PackedBatch Part(PackedBatch batch, int begin, int end)
    {
        var lengths = batch.CumulativeLengths.Span;
        var starts = new int[end - begin + 1];
        for (var i = 0; i < starts.Length; i++)
            starts[i] = lengths[begin + i] - lengths[begin];
        return new PackedBatch(batch.TokenIds[lengths[begin]..lengths[end]].ToArray(), starts);
    }

    /// <summary>Memory ran out while the device computed: the batch is scored again, alone or in parts.</summary>
    private float[] ScoreAgain(PackedBatch batch)
    {
        lock (_device)
        {
            LetFinish();
            return ScorePart(batch);
        }
    }

    private void Leave(QueuedBatch batch)
    {
        lock (_room)
        {
            _batches.Remove(batch);
            Monitor.Pulse(_room);
        }
    }

    private void Measure(QueuedBatch batch, TimeSpan? deviceTime)
    {
        var device = deviceTime ?? time.GetElapsedTime(Math.Max(batch.Given, _lastEnd), batch.Ended);
        _lastEnd = batch.Ended;
        inFlight.Measured(time.GetElapsedTime(batch.Began, batch.Given), device);
    }

    private static bool IsMemory(Exception exception) => exception is DeviceMemoryException or OutOfMemoryException;

    /// <summary>A batch that the device has been given.</summary>
    internal sealed class QueuedBatch
    {
        private readonly DeviceQueue _queue;
        private readonly PackedBatch _batch;
        private readonly PendingScores _pending;
        private readonly TimeProvider _time;
        private readonly Lock _settling = new();
        private long? _ended;
        private bool _wasSplit;

        public QueuedBatch(
            DeviceQueue queue, PackedBatch batch, PendingScores pending, long began, TimeProvider time,
            bool wasSplit = false)
        {
            (_queue, _batch, _pending, _time, _wasSplit) = (queue, batch, pending, time, wasSplit);
            (Began, Given) = (began, time.GetTimestamp());
            // A device that computes while it is called has finished before anybody comes to see.
            if (pending.IsCompleted)
                _ended = Given;
        }

        /// <summary>Timestamp before the device was given the batch.</summary>
        public long Began { get; }

        /// <summary>Timestamp after that.</summary>
        public long Given { get; }

        /// <summary>Timestamp of the moment when the device was known to be done; known after waiting.</summary>
        public long Ended => _ended ?? Given;

        /// <summary>Of the scores, after waiting.</summary>
        public string NumericClass => _wasSplit ? NumericClassOfParts : _queue.NumericClass;

        /// <inheritdoc cref="DeviceQueue.NumericClassOfParts"/>
        public string NumericClassOfParts => _queue.NumericClassOfParts;

        /// <summary>How long the device computed, where it has a clock of its own; known when it is done.</summary>
        public TimeSpan? DeviceTime { get; private set; }

        /// <summary>Waits for the device, which may then be given another batch. Called once.</summary>
        /// <returns>[documents], the raw outputs</returns>
        /// <exception cref="DeviceFailedException">The device has failed; nothing more can be had of it.</exception>
        public float[] Wait()
        {
            try
            {
                Settle();
                var computed = _pending.Wait();
                DeviceTime = computed.DeviceTime;
                if (!_wasSplit)
                    _queue.Measure(this, computed.DeviceTime);
                return computed.Scores;
            }
            catch (Exception full) when (IsMemory(full))
            {
                _wasSplit = true;
            }
            finally
            {
                _queue.Leave(this);
            }

            return _queue.ScoreAgain(_batch);
        }

        /// <summary>Waits until the device is done; a failure is for who waits for the scores.</summary>
        internal void Settle()
        {
            lock (_settling)
            {
                if (_ended is not null)
                    return;
                try
                {
                    _pending.Wait();
                }
                catch (Exception failure) when (IsMemory(failure) || failure is DeviceFailedException)
                {
                    // Thrown again there.
                }

                _ended = _time.GetTimestamp();
            }
        }
    }
}
