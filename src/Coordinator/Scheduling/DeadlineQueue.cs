using System.Diagnostics.CodeAnalysis;

namespace FineWebTorch.Coordinator.Scheduling;

/// <summary>
/// Finds what has passed its deadline without looking at the rest. Deadlines that move on need not be told: they are
/// asked for when the one that was known has come.
/// </summary>
internal sealed class DeadlineQueue<T>
{
    private readonly PriorityQueue<T, TimeSpan> _queue = new();

    /// <param name="item">Added once, until <see cref="Find"/> has found it gone.</param>
    /// <param name="at">Not later than its deadline will be.</param>
    public void Add(T item, TimeSpan at) => _queue.Enqueue(item, at);

    /// <summary>An item whose deadline has come; it stays until its deadline moves or it is gone.</summary>
    /// <param name="deadline">Of an item, never earlier than before; null for one that is gone.</param>
    public bool Find(TimeSpan now, Func<T, TimeSpan?> deadline, [MaybeNullWhen(false)] out T item)
    {
        while (_queue.TryPeek(out item, out var known) && known <= now)
        {
            if (deadline(item) is not { } at)
                _queue.Dequeue();
            else if (at <= now)
                return true;
            else
                _queue.DequeueEnqueue(item, at);
        }

        item = default;
        return false;
    }
}
