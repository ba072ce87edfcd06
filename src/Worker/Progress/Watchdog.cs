using Stage = FineWebTorch.Protos.V1.LeaseProgress.Types.Stage;

namespace FineWebTorch.Worker.Progress;

/// <summary>
/// Ends the process when its work hangs, from a thread of its own that needs none of those that may hang: neither the
/// device's nor a disk's nor the mailbox. It counts its ticks and asks no clock: a process that was stopped for an hour,
/// or starved, has not hung.
/// </summary>
/// <param name="end">Ends the process; told why. Called once.</param>
internal sealed class Watchdog(Action<string> end) : IDisposable
{
    /// <summary>Fewest ticks without progress that are called a hang.</summary>
    public const int LeastTicks = 120;

    /// <summary>A hang is so many times longer than the longest pause before it.</summary>
    private const int Factor = 10;

    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly HashSet<LeaseMeter> _meters = [];
    private readonly ManualResetEventSlim _stopped = new();
    private readonly Pause _work = new();
    private readonly Pause _mailbox = new();
    private long _stepsBefore;
    private long _pongs;
    private Action<Action>? _post;
    private bool _hasEnded;

    /// <summary>Watches until it is disposed of, a tick a second.</summary>
    public void Start() => new Thread(() =>
    {
        while (!_stopped.Wait(Tick))
            Look();
    })
    { IsBackground = true, Name = "watchdog" }.Start();

    public void Watch(LeaseMeter meter)
    {
        lock (_lock)
            _meters.Add(meter);
    }

    public void Forget(LeaseMeter meter)
    {
        lock (_lock)
        {
            // Its steps stay in the sum, so that the sum only rises.
            if (_meters.Remove(meter))
                _stepsBefore += meter.OwnSteps;
        }
    }

    /// <summary>Also calls it a hang when what is posted is not run; null: no more.</summary>
    public void WatchMailbox(Action<Action>? post)
    {
        lock (_lock)
            _post = post;
    }

    /// <summary>One tick.</summary>
    public void Look()
    {
        string? hang;
        lock (_lock)
            hang = HangOfWork() ?? HangOfMailbox();
        if (hang is not null)
            End(hang);
    }

    /// <summary>Ends the process at once, whatever hangs.</summary>
    public void End(string reason)
    {
        lock (_lock)
        {
            if (_hasEnded)
                return;
            _hasEnded = true;
        }

        end(reason);
    }

    public void Dispose() => _stopped.Set();

    /// <summary>What needs device or disk of this machine; what waits for the network waits as long as it must.</summary>
    private string? HangOfWork()
    {
        var local = _meters.FirstOrDefault(meter => meter.Stage is Stage.Opening or Stage.Scoring or Stage.Building);
        var ticks = _work.Note(_stepsBefore + _meters.Sum(meter => meter.OwnSteps), isWaiting: local is not null);
        return ticks is null ? null : local!.Stage switch
        {
            Stage.Scoring => $"no batch was scored and nothing read for {ticks} s: the device or the disk hangs",
            Stage.Building => $"nothing was written of a shard for {ticks} s: the disk hangs",
            _ => $"nothing was read of a file for {ticks} s: the disk hangs",
        };
    }

    private string? HangOfMailbox()
    {
        if (_post is not { } post)
            return null;
        post(() => Interlocked.Increment(ref _pongs));
        return _mailbox.Note(Interlocked.Read(ref _pongs), isWaiting: true) is { } ticks
            ? $"it has answered nothing for {ticks} s"
            : null;
    }

    /// <summary>Ticks in which a counter stood still.</summary>
    private sealed class Pause
    {
        private long _count;
        private int _ticks;
        private int _longest;

        /// <returns>How many ticks it has stood still, where that is too long.</returns>
        public int? Note(long count, bool isWaiting)
        {
            if (count != _count || !isWaiting)
            {
                _longest = isWaiting ? Math.Max(_longest, _ticks) : _longest;
                (_count, _ticks) = (count, 0);
                return null;
            }

            return ++_ticks >= Math.Max(LeastTicks, Factor * _longest) ? _ticks : null;
        }
    }
}
