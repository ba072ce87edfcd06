using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;
using System.Threading.RateLimiting;

namespace FineWebTorch.Coordinator.Running;

/// <summary>
/// Commands on their way to the loop. Bounded in number and in bytes, so that sessions stop reading from their workers
/// when the ledger's disk is slow.
/// </summary>
/// <param name="clock">The time; null where nobody asks for <see cref="HeardUntil"/>.</param>
/// <param name="capacity">KiB of messages that may wait. One that is larger waits until it is alone.</param>
internal sealed class CommandQueue(Func<TimeSpan>? clock = null, int capacity = 64 << 10) : IDisposable
{
    private const int MostCommands = 4096;

    private readonly Channel<Entry> _commands = Channel.CreateUnbounded<Entry>(
        new UnboundedChannelOptions { SingleReader = true });

    private readonly ConcurrencyLimiter _room = new(new ConcurrencyLimiterOptions
    {
        PermitLimit = capacity,
        QueueLimit = int.MaxValue,
    });

    private int _isTickWaiting;

    /// <summary>All that was said before has been taken. For the one who takes.</summary>
    public TimeSpan HeardUntil { get; private set; }

    /// <summary>Of what waits, about.</summary>
    public long Bytes => (capacity - (_room.GetStatistics()?.CurrentAvailablePermits ?? capacity)) << 10;

    /// <summary>Waits until there is room for the command.</summary>
    /// <exception cref="ChannelClosedException">The run has ended.</exception>
    public async ValueTask PostAsync(RunCommand command, CancellationToken cancellationToken)
    {
        var (bytes, now) = (SizeOf(command), Now());
        RateLimitLease room;
        try
        {
            room = await _room.AcquireAsync(CostOf(bytes), cancellationToken);
        }
        catch (ObjectDisposedException)
        {
            throw new ChannelClosedException();
        }

        if (room.IsAcquired && _commands.Writer.TryWrite(new Entry(command, bytes, room, now)))
            return;
        room.Dispose();
        throw new ChannelClosedException();
    }

    /// <summary>Always has room, for one that has not been taken yet.</summary>
    public void PostTick()
    {
        if (Interlocked.Exchange(ref _isTickWaiting, 1) == 0)
            _commands.Writer.TryWrite(new Entry(new RunCommand.Tick(), Bytes: 0, Room: null, Now()));
    }

    /// <returns>False when the queue has been closed and nothing is left.</returns>
    public ValueTask<bool> WaitAsync() => _commands.Reader.WaitToReadAsync();

    /// <param name="bytes">Of its message.</param>
    public bool TryTake([NotNullWhen(true)] out RunCommand? command, out int bytes)
    {
        (command, bytes) = (null, 0);
        var now = Now();
        if (!_commands.Reader.TryRead(out var entry))
        {
            HeardUntil = now;
            return false;
        }

        HeardUntil = entry.Said;
        if (entry.Command is RunCommand.Tick)
            Volatile.Write(ref _isTickWaiting, 0);
        entry.Room?.Dispose();
        (command, bytes) = (entry.Command, entry.Bytes);
        return true;
    }

    /// <summary>Refuses what comes from now on, and what waits for room.</summary>
    public void Dispose()
    {
        _commands.Writer.TryComplete();
        _room.Dispose();
    }

    private TimeSpan Now() => clock?.Invoke() ?? TimeSpan.Zero;

    /// <summary>In KiB. The smallest counts so much that no more than <see cref="MostCommands"/> find room.</summary>
    private int CostOf(int bytes) => Math.Clamp(bytes >> 10, Math.Max(1, capacity / MostCommands), capacity);

    private static int SizeOf(RunCommand command) =>
        command is RunCommand.Received received ? received.Message.CalculateSize() : 0;

    /// <param name="Said">When it came, and began to wait for room.</param>
    private readonly record struct Entry(RunCommand Command, int Bytes, RateLimitLease? Room, TimeSpan Said);
}
