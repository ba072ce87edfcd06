using System.Collections.Concurrent;

namespace FineWebTorch.Hub.Tests;

/// <summary>
/// A clock on which every delay of less than an hour is over at once and moves the clock on; longer ones are limits,
/// and fire only when <see cref="FireLimits"/> is called.
/// </summary>
internal sealed class AutoTime : TimeProvider
{
    private static readonly TimeSpan Limit = TimeSpan.FromHours(1);
    private readonly ConcurrentQueue<TimeSpan> _delays = new();
    private readonly ConcurrentDictionary<LimitTimer, bool> _limits = new();
    private long _ticks = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero).UtcTicks;

    /// <summary>Delays waited for, in order.</summary>
    public IReadOnlyList<TimeSpan> Delays => [.. _delays];

    public override DateTimeOffset GetUtcNow() => new(Interlocked.Read(ref _ticks), TimeSpan.Zero);

    public override long GetTimestamp() => Interlocked.Read(ref _ticks);

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public void Advance(TimeSpan by) => Interlocked.Add(ref _ticks, by.Ticks);

    /// <summary>Lets every time limit of this length that is being kept now run out.</summary>
    public void FireLimits(TimeSpan length)
    {
        foreach (var limit in _limits.Keys.Where(one => one.Length == length))
            limit.Fire();
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        if (dueTime >= Limit || dueTime == Timeout.InfiniteTimeSpan)
        {
            var limit = new LimitTimer(this, dueTime, callback, state);
            _limits[limit] = true;
            return limit;
        }
        _delays.Enqueue(dueTime);
        Advance(dueTime);
        return System.CreateTimer(callback, state, TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }

    private sealed class LimitTimer(AutoTime owner, TimeSpan length, TimerCallback callback, object? state) : ITimer
    {
        public TimeSpan Length => length;

        public bool Change(TimeSpan dueTime, TimeSpan period) => true;

        public void Dispose() => owner._limits.TryRemove(this, out _);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }

        public void Fire()
        {
            owner._limits.TryRemove(this, out _);
            callback(state);
        }
    }
}
