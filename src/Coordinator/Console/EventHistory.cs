using FineWebTorch.Coordinator.Running;

namespace FineWebTorch.Coordinator.Console;

/// <summary>The last events of a session, numbered; passes each on.</summary>
internal sealed class EventHistory : IRunObserver
{
    /// <summary>Older ones are in the run folder alone, see <see cref="EventLog"/>.</summary>
    private const int Most = 2_000;

    private readonly Lock _lock = new();
    private readonly Queue<SeenEvent> _events = [];
    private readonly IRunObserver _next;
    private readonly TimeProvider _time;
    private long _last;

    /// <remarks>
    /// Numbers begin with the time, so that those of a session are above all of the one before, and who watches both is
    /// told the new ones alone.
    /// </remarks>
    public EventHistory(IRunObserver next, TimeProvider time)
    {
        (_next, _time) = (next, time);
        _last = time.GetUtcNow().ToUnixTimeMilliseconds();
    }

    /// <summary>The number of the last one.</summary>
    public long Last => Volatile.Read(ref _last);

    public void Observe(RunEvent happened)
    {
        lock (_lock)
        {
            if (_events.Count == Most)
                _events.Dequeue();
            _events.Enqueue(new SeenEvent(++_last, _time.GetUtcNow(), happened));
        }

        _next.Observe(happened);
    }

    /// <summary>The newest, of those with a higher number, in their order.</summary>
    public IReadOnlyList<SeenEvent> After(long number, int most)
    {
        lock (_lock)
            return [.. _events.Where(seen => seen.Number > number).TakeLast(most)];
    }
}

internal sealed record SeenEvent(long Number, DateTimeOffset Time, RunEvent Event);

/// <summary>An event as it is shown.</summary>
internal sealed record ToldEvent(long Number, DateTimeOffset Time, string Text, EventWeight Weight)
{
    public static ToldEvent Of(SeenEvent seen) =>
        new(seen.Number, seen.Time, EventText.Of(seen.Event), EventText.WeightOf(seen.Event));
}
