using FineWebTorch.Common;
using FineWebTorch.Protos.V1;
using FineWebTorch.Worker.Rpc;

namespace FineWebTorch.Worker.Session;

/// <summary>
/// The connection to the coordinator, one Work stream after another. Tells the user once, not at every attempt, that
/// nobody is there, and gives up after a long silence. Everything runs in the mailbox.
/// </summary>
/// <param name="received">Takes the messages of the present stream.</param>
/// <param name="ended">The present stream has ended.</param>
internal sealed class CoordinatorConnection(
    SessionOptions options, SessionServices services, Mailbox mailbox,
    Action<CoordinatorMessage> received, Action ended) : IDisposable
{
    private readonly RetryOptions _retries = CoordinatorChannel.Retries(services.Time, services.Random);

    private CoordinatorLink? _link;
    private IDisposable? _attempt;
    private long _lastContact = mailbox.Time.GetTimestamp();
    private (bool WasRegistered, string Reason) _end = (false, "");
    private int _failures;
    private bool _toldOfAbsence;
    private bool _wasRejected;
    private string? _rejection;

    /// <summary>What the coordinator said before it went; nothing while one is there or none has been.</summary>
    public Farewell Farewell { get; set; }

    /// <summary><see cref="SessionOptions.GiveUpAfter"/> in words.</summary>
    public string Patience => Durations.Describe(options.GiveUpAfter);

    /// <summary>There is a stream, and its Hello was answered with Welcome.</summary>
    public bool IsRegistered => _link is { IsWelcome: true };

    /// <summary>Opens a stream and says Hello, unless there is a stream already.</summary>
    /// <param name="fences">Leases to be kept.</param>
    public void Open(IEnumerable<ulong> fences)
    {
        if (_link is not null)
            return;
        if (!options.IsOurs())
        {
            mailbox.Post(() => Fail("it has ended"));
            return;
        }

        var link = CoordinatorLink.Open(
            services.Client,
            services.Passport,
            services.Identity.ToHello(fences),
            Take,
            (from, error) => mailbox.Post(() => OnEnded(from, error)));
        _link = link;
        mailbox.After(options.WelcomeTimeout, () =>
        {
            if (_link == link && !link.IsWelcome)
                link.Abort();
        });
    }

    /// <summary>Calls for another attempt after a pause, which grows from attempt to attempt.</summary>
    /// <returns>False: no next run has come for so long that this worker is to end, its work done.</returns>
    /// <exception cref="UserErrorException">There has been no coordinator for too long.</exception>
    public bool Retry(Action attempt, bool mayWait)
    {
        var silence = mailbox.Time.GetElapsedTime(_lastContact);
        // A connection that only broke is tried once more, also by who does not wait.
        if (silence >= options.GiveUpAfter || !(mayWait || _end.WasRegistered))
        {
            return Farewell == Farewell.RunOver
                ? false
                : throw new UserErrorException(WhyGivenUp(mayWait), ExitCode.NoCoordinator);
        }

        Tell();
        var left = options.GiveUpAfter - silence;
        var pause = _retries.PauseAfter(++_failures);
        RetryAfter(pause < left ? pause : left, attempt);
        return true;
    }

    /// <summary>Calls for another attempt; one that was called for before is forgotten.</summary>
    public void RetryAfter(TimeSpan pause, Action attempt)
    {
        _attempt?.Dispose();
        _attempt = mailbox.After(pause, attempt);
    }

    /// <summary>The coordinator has answered Hello with Welcome.</summary>
    public void Register()
    {
        _link!.IsWelcome = true;
        Farewell = Farewell.None;
        _toldOfAbsence = _wasRejected = false;
        _failures = 0;
    }

    /// <exception cref="UserErrorException">The coordinator will never have a use for this worker.</exception>
    public void Reject(Rejection rejection)
    {
        if (rejection.Permanent)
            throw new UserErrorException(
                $"{options.Coordinator}: turned this worker away: {rejection.Reason}", ExitCode.TurnedAway);
        if (!_wasRejected)
            services.Log.NotNow(rejection.Reason);
        _wasRejected = true;
        _rejection = rejection.Reason;
    }

    /// <summary>Sends a message if this worker is registered; else it is lost.</summary>
    public void Send(WorkerMessage message)
    {
        if (IsRegistered)
            _link!.Send(message);
    }

    /// <summary>The last message: the coordinator ends the stream.</summary>
    public void SayGoodbye()
    {
        Send(new WorkerMessage { Goodbye = new Goodbye() });
        _link!.Close();
    }

    public void Dispose()
    {
        _attempt?.Dispose();
        _link?.Abort();
    }

    /// <summary>On the stream's own thread: what ends the process must not wait for a mailbox that hangs.</summary>
    private void Take(CoordinatorLink from, CoordinatorMessage message)
    {
        if (message.EndProcess is { } end)
            services.Watchdog.End($"the coordinator has it end: {end.Reason}");
        else
            mailbox.Post(() => OnReceived(from, message));
    }

    private void Fail(string reason)
    {
        _end = (false, reason);
        ended();
    }

    private void OnReceived(CoordinatorLink link, CoordinatorMessage message)
    {
        if (link != _link)
            return;
        _lastContact = mailbox.Time.GetTimestamp();
        if (CoordinatorChecks.FaultOf(message) is { } fault)
            throw new UserErrorException(
                $"{options.Coordinator}: is no coordinator of this program, or a faulty one: {fault}");
        received(message);
    }

    private void OnEnded(CoordinatorLink link, Exception? error)
    {
        link.Dispose();
        if (link != _link)
            return;
        _link = null;
        if (WrongPeerException.In(error) is { } wrong)
            throw new UserErrorException($"{options.Coordinator}: {wrong.Message}", ExitCode.TurnedAway);
        // Also where it was welcome: a leader that is stopped still accepts connections, and another one leads by now.
        options.Coordinator.Pass();
        _end = (link.IsWelcome, _rejection ?? CoordinatorChannel.Describe(error));
        _rejection = null;
        ended();
    }

    private void Tell()
    {
        if (_end.WasRegistered)
            services.Log.Lost(_end.Reason, Patience);
        else if (!_toldOfAbsence && !_wasRejected && Farewell == Farewell.None)
        {
            services.Log.NoCoordinator(options.Coordinator, _end.Reason);
            _toldOfAbsence = true;
        }
    }

    private string WhyGivenUp(bool mayWait)
    {
        var time = mayWait ? $" for {Patience}" : "";
        return Farewell == Farewell.Interrupted
            ? $"{options.Coordinator}: the run was interrupted, and no coordinator has come back{time}; " +
                "type its command again, then this worker's"
            : $"{options.Coordinator}: no coordinator{time} ({_end.Reason}); " +
                "start one with 'coordinator run' or name another with --coordinator";
    }
}

/// <summary>What a coordinator says last.</summary>
internal enum Farewell
{
    None,

    /// <summary>Nothing is left to do.</summary>
    RunOver,

    /// <summary>The run is to go on when its coordinator is started again.</summary>
    Interrupted,
}
