namespace FineWebTorch.Worker.Pipeline;

/// <summary>
/// Says for what the device waits while it has nothing to do although there is a task: for what the reading thread is
/// doing at that moment, or for the taker of the results; and, without a task, for an input that is on its way.
/// </summary>
internal sealed class DeviceClock(PipelineStatistics statistics, TimeProvider time)
{
    private readonly Lock _lock = new();
    private int _tasks;
    private int _fetches;
    private bool _isTokenizing;
    private bool _isWriting;
    private bool _wantsBatch;
    private bool _wantsRoom;
    private long _since;

    public void TaskAdded() => Change(() => _tasks++);

    public void TaskEnded() => Change(() => _tasks--);

    /// <summary>An input for a task to come is being fetched.</summary>
    public void FetchBegun() => Change(() => _fetches++);

    public void FetchEnded() => Change(() => _fetches--);

    public void BatchBegun() => Change(statistics.BatchBegun);

    public void BatchEnded() => Change(statistics.BatchEnded);

    /// <summary>The reading thread tokenizes; otherwise it reads.</summary>
    public void Tokenize(Action action) => During(value => _isTokenizing = value, action);

    /// <summary>The results of a batch are taken.</summary>
    public void Write(Action action) => During(value => _isWriting = value, action);

    /// <summary>The device thread waits for the next batch.</summary>
    public T WaitForBatch<T>(Func<T> wait)
    {
        var result = default(T)!;
        During(value => _wantsBatch = value, () => result = wait());
        return result;
    }

    /// <summary>The device thread waits until there is room for another batch on the device.</summary>
    public void WaitForRoom(Action wait) => During(value => _wantsRoom = value, wait);

    private void During(Action<bool> set, Action action)
    {
        Change(() => set(true));
        try
        {
            action();
        }
        finally
        {
            Change(() => set(false));
        }
    }

    private void Change(Action change)
    {
        lock (_lock)
        {
            var now = time.GetTimestamp();
            if (Cause() is { } add)
                statistics.Add(add(time.GetElapsedTime(_since, now)));
            _since = now;
            change();
        }
    }

    private Func<TimeSpan, PipelineTotals>? Cause()
    {
        if (_tasks == 0)
            return _fetches > 0 ? wait => new PipelineTotals { NetworkWait = wait } : null;
        if (_wantsRoom && _isWriting)
            return wait => new PipelineTotals { WriterWait = wait };
        if (!_wantsBatch || statistics.BatchesInFlight > 0)
            return null;
        return _isTokenizing
            ? wait => new PipelineTotals { TokenizerWait = wait }
            : wait => new PipelineTotals { ReaderWait = wait };
    }
}
