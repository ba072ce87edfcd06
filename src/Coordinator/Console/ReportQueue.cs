using FineWebTorch.Coordinator.Running;

namespace FineWebTorch.Coordinator.Console;

/// <summary>
/// Stands between a run and who reads of it. A terminal that Ctrl-S holds up, or a pipe that nobody reads, holds up a
/// thread of its own and nothing else: of progress only the newest is kept, of events so many; how many were left out is
/// told when the reader goes on.
/// </summary>
internal sealed class ReportQueue : IReporter
{
    private readonly Lock _lock = new();
    private readonly Queue<Report> _waiting = [];
    private readonly SemaphoreSlim _news = new(0);
    private readonly IReporter _reporter;
    private readonly TimeProvider _time;
    private readonly MomentClock _moment;
    private readonly Thread _telling;
    private Report? _progress;
    private int _progressLeftOut;
    private int _eventsLeftOut;
    private bool _isEnding;

    /// <param name="create">Makes who tells, by a clock that shows when that happened which is told now.</param>
    /// <param name="time">When things happen.</param>
    public ReportQueue(Func<TimeProvider, IReporter> create, TimeProvider time)
    {
        _time = time;
        _moment = new MomentClock(time);
        _reporter = create(_moment);
        // Not a pool's thread, of which there are few; and the process ends while it still waits.
        _telling = new Thread(Tell) { IsBackground = true, Name = "console" };
        _telling.Start();
    }

    public TimeSpan Interval => _reporter.Interval;

    /// <summary>Gets its lines back when this ends; null where it keeps them.</summary>
    public ErrorLines? Errors { get; init; }

    /// <summary>Events that wait at most.</summary>
    public int MostEvents { get; init; } = 10_000;

    /// <summary>What waits when the session ends is waited for as long.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(3);

    public void Started(RunHeader header)
    {
        lock (_lock)
            Add(reporter => reporter.Started(header));
    }

    public void Observe(RunEvent happened)
    {
        lock (_lock)
        {
            if (_waiting.Count < MostEvents)
                Add(reporter => reporter.Observe(happened));
            else
                _eventsLeftOut++;
        }
    }

    /// <summary>A line of somebody else, for a terminal on which the run is drawn.</summary>
    public void Say(string line)
    {
        lock (_lock)
        {
            if (_waiting.Count < MostEvents)
                Enqueue(reporter => (reporter as LiveReporter)?.Say(line));
            else
                _eventsLeftOut++;
        }
    }

    public void Progress(RunProgress progress)
    {
        lock (_lock)
        {
            if (_progress is null)
                _news.Release();
            else
                _progressLeftOut++;
            _progress = new Report(_time.GetUtcNow(), reporter => reporter.Progress(progress));
        }
    }

    public void Finished(RunSummary summary)
    {
        lock (_lock)
        {
            if (_progressLeftOut > 0)
                AddLeftOut();
            // It comes last.
            _progress = null;
            Add(reporter => reporter.Finished(summary));
        }
    }

    /// <summary>Waits a little for what is still to be told. What cannot be told by then is not.</summary>
    public void Dispose()
    {
        Errors?.PassTo(null);
        lock (_lock)
            _isEnding = true;
        _news.Release();
        _telling.Join(Patience);
    }

    private void Add(Action<IReporter> tell)
    {
        if (_eventsLeftOut > 0)
            AddLeftOut();
        Enqueue(tell);
    }

    private void AddLeftOut()
    {
        var left = new RunEvent.NotTold(_progressLeftOut, _eventsLeftOut);
        _progressLeftOut = _eventsLeftOut = 0;
        Enqueue(reporter => reporter.Observe(left));
    }

    private void Enqueue(Action<IReporter> tell)
    {
        _waiting.Enqueue(new Report(_time.GetUtcNow(), tell));
        _news.Release();
    }

    private void Tell()
    {
        try
        {
            while (Next() is { } report)
            {
                _moment.Now = report.Time;
                report.Tell(_reporter);
            }

            _reporter.Dispose();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The terminal has gone. The run does not need it.
        }
    }

    /// <summary>Waits for it. Events come before progress, which is as of later.</summary>
    /// <returns>Null at the end.</returns>
    private Report? Next()
    {
        while (true)
        {
            _news.Wait();
            lock (_lock)
            {
                if (_progress is not null && _waiting.Count == 0 && _progressLeftOut + _eventsLeftOut > 0)
                    AddLeftOut();
                if (_waiting.TryDequeue(out var first))
                    return first;
                if (_progress is { } progress)
                {
                    _progress = null;
                    return progress;
                }

                if (_isEnding)
                    return null;
            }
        }
    }

    private sealed record Report(DateTimeOffset Time, Action<IReporter> Tell);

    /// <summary>Shows when that happened which is being told.</summary>
    private sealed class MomentClock(TimeProvider time) : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = time.GetUtcNow();

        public override TimeZoneInfo LocalTimeZone => time.LocalTimeZone;

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
