using System.Globalization;
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

    /// <summary>There is a stream, and its Hello was answered with Welcome.</summary>
    public bool IsRegistered => _link is { IsWelcome: true };

    /// <summary>Opens a stream and says Hello, unless there is a stream already.</summary>
    /// <param name="fences">Leases to be kept.</param>
    public void Open(IEnumerable<ulong> fences)
    {
        if (_link is not null)
            return;
        var link = CoordinatorLink.Open(
            services.Client,
            services.Identity.ToHello(fences),
            (from, message) => mailbox.Post(() => OnReceived(from, message)),
            (from, error) => mailbox.Post(() => OnEnded(from, error)));
        _link = link;
        mailbox.After(options.WelcomeTimeout, () =>
        {
            if (_link == link && !link.IsWelcome)
                link.Abort();
        });
    }

    /// <summary>Calls for another attempt after a pause, which grows from attempt to attempt.</summary>
    /// <exception cref="UserErrorException">There has been no coordinator for too long.</exception>
    public void Retry(Action attempt)
    {
        var silence = mailbox.Time.GetElapsedTime(_lastContact);
        if (silence >= options.GiveUpAfter)
            throw new UserErrorException(
                $"{options.Coordinator}: no coordinator for {Describe(options.GiveUpAfter)} ({_end.Reason}); " +
                "start one with 'coordinator run' or name another with --coordinator");
        Tell();
        var left = options.GiveUpAfter - silence;
        var pause = _retries.PauseAfter(++_failures);
        RetryAfter(pause < left ? pause : left, attempt);
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
        _toldOfAbsence = _wasRejected = false;
        _failures = 0;
    }

    /// <exception cref="UserErrorException">The coordinator will never have a use for this worker.</exception>
    public void Reject(Rejection rejection)
    {
        if (rejection.Permanent)
            throw new UserErrorException($"{options.Coordinator}: turned this worker away: {rejection.Reason}");
        if (!_wasRejected)
            services.Log.NotNow(rejection.Reason);
        _wasRejected = true;
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

    private void OnReceived(CoordinatorLink link, CoordinatorMessage message)
    {
        if (link != _link)
            return;
        _lastContact = mailbox.Time.GetTimestamp();
        received(message);
    }

    private void OnEnded(CoordinatorLink link, Exception? error)
    {
        link.Dispose();
        if (link != _link)
            return;
        _link = null;
        _end = (link.IsWelcome, CoordinatorChannel.Describe(error));
        ended();
    }

    private void Tell()
    {
        if (_end.WasRegistered)
            services.Log.Lost(_end.Reason);
        else if (!_toldOfAbsence && !_wasRejected)
        {
            services.Log.NoCoordinator(options.Coordinator, _end.Reason);
            _toldOfAbsence = true;
        }
    }

    private static string Describe(TimeSpan time) => time switch
    {
        { TotalHours: >= 2 } => string.Create(CultureInfo.InvariantCulture, $"{time.TotalHours:0.#} h"),
        { TotalMinutes: >= 2 } => string.Create(CultureInfo.InvariantCulture, $"{time.TotalMinutes:0.#} min"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.#} s"),
    };
}
