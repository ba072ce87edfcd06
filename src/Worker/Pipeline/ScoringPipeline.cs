using System.Collections.Concurrent;

namespace FineWebTorch.Worker.Pipeline;

/// <summary>
/// Two threads: one reads and tokenizes windows (with helpers), one scores them. Tasks are read in the order they
/// were given; the windows of the next task are read while those of the last are still being scored. A task that
/// fails ends alone.
/// </summary>
internal sealed class ScoringPipeline : IDisposable
{
    private readonly CancellationTokenSource _end = new();
    private readonly BlockingCollection<ScoreTask> _tasks = [];
    private readonly BlockingCollection<WorkItem> _items = new(boundedCapacity: 1);
    private readonly WindowPool _pool;
    private readonly WindowReader _reader;
    private readonly WindowScorer _scorer;
    private readonly IScoreSink _sink;
    private readonly ReaderWaitClock _waitClock;
    private readonly ConcurrentDictionary<ScoreTask, bool> _open = new();
    private readonly Thread _readerThread;
    private readonly Thread _scoringThread;

    public ScoringPipeline(
        IScorer scorer,
        ITextEncoder encoder,
        IScoreSink sink,
        PipelineOptions options,
        PipelineStatistics statistics,
        TimeProvider time)
    {
        _sink = sink;
        _pool = new WindowPool(options.MaxWindows);
        _waitClock = new ReaderWaitClock(statistics, time);
        _reader = new WindowReader(
            new ChunkEncoder(encoder, options.Threads), _pool,
            (task, window, cancellation) => _items.Add(new WorkItem(task, window), cancellation));
        _scorer = new WindowScorer(scorer, sink, statistics, time);
        _readerThread = new Thread(ReadTasks) { IsBackground = true, Name = "reader" };
        _scoringThread = new Thread(ScoreItems) { IsBackground = true, Name = "scoring" };
        _readerThread.Start();
        _scoringThread.Start();
    }

    /// <summary>Windows in memory now.</summary>
    public int WindowsInMemory => _pool.Outstanding;

    public void Add(ScoreTask task)
    {
        _open[task] = true;
        _waitClock.TaskAdded();
        _tasks.Add(task);
    }

    /// <summary>
    /// Ends both threads after the batch in flight; tasks that are still in the pipeline are reported as ended.
    /// </summary>
    public void Dispose()
    {
        _end.Cancel();
        _readerThread.Join();
        _scoringThread.Join();
        foreach (var task in _open.Keys)
            _sink.TaskEnded(task, null);
        _pool.Dispose();
        _tasks.Dispose();
        _items.Dispose();
        _end.Dispose();
    }

    private void ReadTasks()
    {
        try
        {
            foreach (var task in _tasks.GetConsumingEnumerable(_end.Token))
            {
                var failure = ReadTask(task);
                _sink.TaskRead(task);
                _items.Add(new WorkItem(task, null, failure), _end.Token);
            }
        }
        catch (OperationCanceledException) when (_end.IsCancellationRequested)
        {
            // The pipeline is being disposed.
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

    private void ScoreItems()
    {
        var failures = new Dictionary<ScoreTask, Exception>();
        try
        {
            while (!_end.IsCancellationRequested)
            {
                var item = _waitClock.Measure(() => _items.Take(_end.Token));
                if (item.Window is { } window)
                {
                    ScoreWindow(item.Task, window, failures);
                    continue;
                }

                failures.Remove(item.Task, out var failure);
                _waitClock.TaskEnded();
                _open.TryRemove(item.Task, out _);
                _sink.TaskEnded(item.Task, failure ?? item.Failure);
            }
        }
        catch (OperationCanceledException) when (_end.IsCancellationRequested)
        {
            // The pipeline is being disposed.
        }
    }

    private void ScoreWindow(ScoreTask task, WindowBuffer window, Dictionary<ScoreTask, Exception> failures)
    {
        try
        {
            if (!_end.IsCancellationRequested && !task.Drops(window.Index))
                _scorer.Score(task, window);
        }
#pragma warning disable CA1031 // Whatever is wrong with one file, or one batch, must not end the worker
        catch (Exception failure)
#pragma warning restore CA1031
        {
            failures.TryAdd(task, failure);
            task.Stop();
        }
        finally
        {
            _pool.Return(window);
        }
    }
}
