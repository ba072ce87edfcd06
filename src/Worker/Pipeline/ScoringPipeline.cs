using System.Collections.Concurrent;
using FineWebTorch.Worker.Devices;

namespace FineWebTorch.Worker.Pipeline;

/// <summary>
/// Four threads: one reads and tokenizes windows (with helpers), one gathers their batches, one gives these to the
/// device and one takes the scores. Tasks are read in the order they were given; the windows of the next task are read
/// while those of the last are still being scored. A task that fails ends alone.
/// </summary>
internal sealed class ScoringPipeline : IDisposable
{
    /// <summary>Batches that are ready for the device.</summary>
    private const int PreparedBatches = 2;

    private readonly CancellationTokenSource _end = new();
    private readonly BlockingCollection<ScoreTask> _tasks = [];
    private readonly BlockingCollection<WorkItem> _items = new(boundedCapacity: 1);
    private readonly BlockingCollection<Step> _steps = new(PreparedBatches);
    // The room on the device and the pool of windows bound it.
    private readonly BlockingCollection<Step> _given = [];
    private readonly ConcurrentDictionary<ScoreTask, bool> _open = new();
    private readonly WindowPool _pool;
    private readonly WindowReader _reader;
    private readonly BatchPreparer _preparer;
    private readonly DeviceQueue _device;
    private readonly ResultStage _results;
    private readonly DeviceClock _clock;
    private readonly PipelineStatistics _statistics;
    private readonly IScoreSink _sink;
    private readonly Thread[] _threads;

    public ScoringPipeline(
        DeviceQueue device,
        ITextEncoder encoder,
        IScoreSink sink,
        PipelineOptions options,
        PipelineStatistics statistics,
        TimeProvider time)
    {
        (_device, _sink, _statistics) = (device, sink, statistics);
        _pool = new WindowPool(options.MaxWindows);
        _clock = new DeviceClock(statistics, time);
        _reader = new WindowReader(
            new ChunkEncoder(encoder, options.Threads, _clock), _pool,
            (task, window, cancellation) => _items.Add(new WorkItem(task, window), cancellation));
        _preparer = new BatchPreparer(device.NumericClass);
        _results = new ResultStage(device, _clock, statistics, time, sink, _pool, Forget);
        _threads =
        [
            Start("reader", ReadTasks), Start("batches", PrepareBatches), Start("device", RunDevice),
            Start("results", TakeResults),
        ];
    }

    /// <summary>Windows in memory now.</summary>
    public int WindowsInMemory => _pool.InUse;

    public void Add(ScoreTask task)
    {
        _open[task] = true;
        _clock.TaskAdded();
        _tasks.Add(task);
    }

    /// <summary>Fetches an input for a task to come: what the device waits for where it has no other.</summary>
    public async Task<T> AwaitAsync<T>(Func<Task<T>> fetch)
    {
        _clock.FetchBegun();
        try
        {
            return await fetch();
        }
        finally
        {
            _clock.FetchEnded();
        }
    }

    /// <summary>
    /// Ends all threads after the batches in flight, whose scores are still handed on; tasks that are still in the
    /// pipeline are reported as ended.
    /// </summary>
    public void Dispose()
    {
        _end.Cancel();
        foreach (var thread in _threads)
            thread.Join();
        foreach (var task in _open.Keys)
            _sink.TaskEnded(task, null);
        _pool.Dispose();
        _tasks.Dispose();
        _items.Dispose();
        _steps.Dispose();
        _given.Dispose();
        _end.Dispose();
    }

    private Thread Start(string name, Action<CancellationToken> work)
    {
        var thread = new Thread(() =>
        {
            try
            {
                work(_end.Token);
            }
            catch (OperationCanceledException) when (_end.IsCancellationRequested)
            {
                // The pipeline is being disposed.
            }
        })
        { IsBackground = true, Name = name };
        thread.Start();
        return thread;
    }

    private void ReadTasks(CancellationToken end)
    {
        foreach (var task in _tasks.GetConsumingEnumerable(end))
        {
            var failure = ReadTask(task);
            _sink.TaskRead(task);
            _items.Add(new WorkItem(task, null, failure), end);
        }
    }

    private Exception? ReadTask(ScoreTask task)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(task.Stopped, _end.Token);
        try
        {
            _reader.Read(task, either.Token);
            return null;
        }
        catch (OperationCanceledException) when (task.Stopped.IsCancellationRequested)
        {
            return null;
        }
#pragma warning disable CA1031 // Whatever is wrong with one file must not end the worker
        catch (Exception failure) when (!_end.IsCancellationRequested)
#pragma warning restore CA1031
        {
            return failure;
        }
    }

    private void PrepareBatches(CancellationToken end)
    {
        foreach (var item in _items.GetConsumingEnumerable(end))
        {
            foreach (var step in _preparer.StepsOf(item))
                _steps.Add(step, end);
        }
    }

    private void RunDevice(CancellationToken end)
    {
        try
        {
            while (true)
                Give(_clock.WaitForBatch(() => _steps.Take(end)), end);
        }
        finally
        {
            _given.CompleteAdding();
        }
    }

    /// <summary>Gives a batch to the device when there is room; everything else is handed on in its place.</summary>
    private void Give(Step step, CancellationToken end)
    {
        if (step is Step.Score batch)
        {
            if (!batch.Item.IsDropped)
                _clock.WaitForRoom(_device.WaitForRoom);
            // A task may have been stopped while it waited.
            if (end.IsCancellationRequested || batch.Item.IsDropped || !Begin(batch))
            {
                batch.Item.IsCut = true;
                return;
            }
        }

        _given.Add(step, CancellationToken.None);
    }

    private bool Begin(Step.Score batch)
    {
        batch.Before = _statistics.Totals;
        _clock.BatchBegun();
        try
        {
            batch.Queued = _device.Begin(batch.Batch);
            return true;
        }
#pragma warning disable CA1031 // Whatever is wrong with one batch ends its task; what follows is the sink's to decide
        catch (Exception failure)
#pragma warning restore CA1031
        {
            _clock.BatchEnded();
            batch.Item.Task.Fail(failure);
            return false;
        }
    }

    private void TakeResults(CancellationToken end)
    {
        // To the last one: what the device has computed is not thrown away.
        foreach (var step in _given.GetConsumingEnumerable(CancellationToken.None))
            _results.Take(step);
    }

    private void Forget(ScoreTask task)
    {
        _clock.TaskEnded();
        _open.TryRemove(task, out _);
    }
}

/// <param name="Threads">Tokenizer threads.</param>
/// <param name="MaxWindows">Windows in memory at once, being filled, waiting or being scored.</param>
internal sealed record PipelineOptions(int Threads, int MaxWindows = 3);
