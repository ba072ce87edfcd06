using System.Threading.Channels;

namespace FineWebTorch.Worker.Session;

/// <summary>
/// Runs actions one after another, so that what they own needs no lock. Anyone may post; timers post too.
/// </summary>
internal sealed class Mailbox(TimeProvider time)
{
    private readonly Channel<Action> _actions =
        Channel.CreateUnbounded<Action>(new UnboundedChannelOptions { SingleReader = true });
    // A timer that nobody refers to may be collected before it fires.
    private readonly HashSet<Alarm> _alarms = [];
    private bool _closed;

    public TimeProvider Time => time;

    public void Post(Action action) => _actions.Writer.TryWrite(action);

    /// <summary>Posts an action once, later; disposing the result prevents it unless it has been posted.</summary>
    public IDisposable After(TimeSpan delay, Action action) => new Alarm(this, delay, Timeout.InfiniteTimeSpan, action);

    /// <summary>Posts an action again and again until the result is disposed.</summary>
    public IDisposable Every(TimeSpan period, Action action) => new Alarm(this, period, period, action);

    /// <summary>Runs actions until one closes the mailbox or throws.</summary>
    public async Task RunAsync()
    {
        await foreach (var action in _actions.Reader.ReadAllAsync())
        {
            action();
            if (_closed)
                return;
        }
    }

    /// <summary>To be called by an action: it is the last one.</summary>
    public void Close()
    {
        _closed = true;
        _actions.Writer.TryComplete();
    }

    private sealed class Alarm : IDisposable
    {
        private readonly Mailbox _mailbox;
        private readonly ITimer _timer;

        public Alarm(Mailbox mailbox, TimeSpan delay, TimeSpan period, Action action)
        {
            _mailbox = mailbox;
            lock (mailbox._alarms)
            {
                mailbox._alarms.Add(this);
                _timer = mailbox.Time.CreateTimer(_ => Ring(action, period), null, delay, period);
            }
        }

        public void Dispose()
        {
            _timer.Dispose();
            lock (_mailbox._alarms)
                _mailbox._alarms.Remove(this);
        }

        private void Ring(Action action, TimeSpan period)
        {
            _mailbox.Post(action);
            // Taking the lock also waits for the constructor.
            lock (_mailbox._alarms)
            {
                if (period != Timeout.InfiniteTimeSpan)
                    return;
            }

            Dispose();
        }
    }
}
