namespace FineWebTorch.Worker.Pipeline;

/// <summary>Measures how long the device waited although there was a task.</summary>
internal sealed class ReaderWaitClock(PipelineStatistics statistics, TimeProvider time)
{
    private readonly Lock _lock = new();
    private int _tasks;
    private long _since;

    public void TaskAdded()
    {
        lock (_lock)
        {
            if (_tasks++ == 0)
                _since = time.GetTimestamp();
        }
    }

    public void TaskEnded()
    {
        lock (_lock)
            _tasks--;
    }

    public T Measure<T>(Func<T> wait)
    {
        lock (_lock)
            _since = time.GetTimestamp();
        var result = wait();
        lock (_lock)
        {
            // Without a task there was nothing to wait for; TaskAdded moved the beginning to when there was.
            if (_tasks > 0)
                statistics.AddReaderWait(time.GetElapsedTime(_since));
        }

        return result;
    }
}
