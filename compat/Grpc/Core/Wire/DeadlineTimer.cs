namespace Grpc.Core.Wire;

/// <summary>Calls back once when a deadline is over, unless it is disposed before.</summary>
internal sealed class DeadlineTimer : IDisposable
{
    // What timers take at most, about 49 days; longer deadlines are waited for in pieces.
    private const double LongestMilliseconds = uint.MaxValue - 1;

    private readonly TimeProvider _clock;
    private readonly DateTime _deadline;
    private readonly Action _expired;
    private readonly ITimer _timer;

    /// <param name="clock">Tells the time and runs the timer.</param>
    /// <param name="deadline">UTC.</param>
    /// <param name="expired">Runs on a thread of the pool.</param>
    public DeadlineTimer(TimeProvider clock, DateTime deadline, Action expired)
    {
        _clock = clock;
        _deadline = deadline;
        _expired = expired;
        // Armed only after the field is set: the callback uses it.
        _timer = clock.CreateTimer(
            static timer => ((DeadlineTimer)timer!).Tick(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        Arm(Remaining);
    }

    private TimeSpan Remaining => _deadline - _clock.GetUtcNow().UtcDateTime;

    public void Dispose() => _timer.Dispose();

    private void Tick()
    {
        var remaining = Remaining;
        if (remaining > TimeSpan.Zero) Arm(remaining);
        else _expired();
    }

    // Rounded up: a timer that fires a fraction of a millisecond early would only be armed again.
    private void Arm(TimeSpan remaining) => _timer.Change(
        TimeSpan.FromMilliseconds(Math.Ceiling(Math.Clamp(remaining.TotalMilliseconds, 0, LongestMilliseconds))),
        Timeout.InfiniteTimeSpan);
}
