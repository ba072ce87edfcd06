namespace FineWebTorch.Coordinator.Tests;

/// <summary>
/// A clock that moves when told. Its timestamps are no ticks, so that code which mistakes one for the other fails.
/// </summary>
internal sealed class FakeTime : TimeProvider
{
    private const long Frequency = 3_000_000;
    private readonly Lock _lock = new();
    private readonly List<FakeTimer> _timers = [];
    private TimeSpan _now;

    /// <summary>What it was advanced by.</summary>
    public TimeSpan Now
    {
        get
        {
            lock (_lock)
                return _now;
        }
    }

    public override long TimestampFrequency => Frequency;

    public override long GetTimestamp()
    {
        lock (_lock)
            return (long)(_now.TotalSeconds * Frequency);
    }

    public override DateTimeOffset GetUtcNow()
    {
        lock (_lock)
            return DateTimeOffset.UnixEpoch + _now;
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new FakeTimer(this, () => callback(state));
        timer.Change(dueTime, period);
        return timer;
    }

    public void Advance(TimeSpan by)
    {
        lock (_lock)
            _now += by;
        Fire();
    }

    private void Fire()
    {
        while (true)
        {
            FakeTimer? due;
            lock (_lock)
            {
                due = _timers.Find(timer => timer.Due <= _now);
                due?.Rearm(_now);
            }

            if (due is null)
                return;
            due.Callback();
        }
    }

    private sealed class FakeTimer(FakeTime owner, Action callback) : ITimer
    {
        private TimeSpan _period;

        public TimeSpan? Due { get; private set; }

        public Action Callback { get; } = callback;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (owner._lock)
            {
                owner._timers.Remove(this);
                _period = period;
                Due = dueTime == Timeout.InfiniteTimeSpan ? null : owner._now + dueTime;
                owner._timers.Add(this);
            }

            if (dueTime == TimeSpan.Zero)
                owner.Fire();
            return true;
        }

        public void Rearm(TimeSpan now) => Due = _period > TimeSpan.Zero ? now + _period : null;

        public void Dispose()
        {
            lock (owner._lock)
                owner._timers.Remove(this);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
