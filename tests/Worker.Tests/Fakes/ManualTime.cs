namespace FineWebTorch.Worker.Tests.Fakes;

/// <summary>Time that moves only when a test moves it.</summary>
internal sealed class ManualTime : TimeProvider
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(50);
    private readonly Lock _lock = new();
    private readonly List<ManualTimer> _timers = [];
    private long _ticks;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => Interlocked.Read(ref _ticks);

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch + new TimeSpan(GetTimestamp());

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, () => callback(state));
        timer.Change(dueTime, period);
        lock (_lock)
            _timers.Add(timer);
        return timer;
    }

    public void Advance(TimeSpan by)
    {
        var end = GetTimestamp() + by.Ticks;
        while (true)
        {
            ManualTimer? next;
            lock (_lock)
            {
                next = _timers.Where(timer => timer.Due <= end).MinBy(timer => timer.Due);
                Interlocked.Exchange(ref _ticks, next is null ? end : Math.Max(_ticks, next.Due));
            }

            if (next is null)
                return;
            next.Fire();
        }
    }

    /// <summary>
    /// Moves time on in small steps until something has happened, as fast as can be up to <paramref name="most"/>: real
    /// threads and sockets take part, and on a busy machine they take long, which must not run out limits that the
    /// test is not about. From there on it moves as real time does, so that a pause that began late ends too.
    /// </summary>
    /// <param name="until">Completes with what is waited for.</param>
    /// <param name="most">How far time may run ahead.</param>
    public async Task<T> DriveAsync<T>(Task<T> until, TimeSpan most)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(Patience);
        var end = GetTimestamp() + most.Ticks;
        while (!until.IsCompleted && !patience.IsCancellationRequested)
        {
            var pause = GetTimestamp() < end ? TimeSpan.FromMilliseconds(1) : Step;
            await Task.WhenAny(until, Task.Delay(pause, patience.Token));
            if (!until.IsCompleted)
                Advance(Step);
        }

        Assert.True(until.IsCompleted, $"what was waited for did not happen in {Patience}");
        return await until;
    }

    private sealed class ManualTimer(ManualTime time, Action callback) : ITimer
    {
        private TimeSpan _period;

        public long Due { get; private set; } = long.MaxValue;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            _period = period;
            Due = dueTime == Timeout.InfiniteTimeSpan ? long.MaxValue : time.GetTimestamp() + dueTime.Ticks;
            return true;
        }

        public void Fire()
        {
            Due = _period > TimeSpan.Zero ? Due + _period.Ticks : long.MaxValue;
            callback();
        }

        public void Dispose()
        {
            Due = long.MaxValue;
            lock (time._lock)
                time._timers.Remove(this);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
