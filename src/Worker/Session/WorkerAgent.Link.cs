using System.Globalization;
using FineWebTorch.Cli;
using FineWebTorch.Protos.V1;
using FineWebTorch.Worker.Coordination;
using Grpc.Core;
using Message = FineWebTorch.Protos.V1.CoordinatorMessage.MessageOneofCase;

namespace FineWebTorch.Worker.Session;

// The connection: made, answered, lost and made again.
internal sealed partial class WorkerAgent
{
    // What the user has been told need not be said at every attempt.
    private bool _toldOfAbsence;
    private bool _wasRejected;

    private void Connect()
    {
        if (_link is not null)
            return;
        var link = CoordinatorLink.Open(
            _services.Client,
            _services.Identity.ToHello(_leases.Fences),
            (from, message) => _mailbox.Post(() => OnReceived(from, message)),
            (from, error) => _mailbox.Post(() => OnEnded(from, error)));
        _link = link;
        _mailbox.After(_options.WelcomeTimeout, () =>
        {
            if (_link == link && !link.IsWelcome)
                link.Abort();
        });
    }

    private void OnReceived(CoordinatorLink link, CoordinatorMessage message)
    {
        if (link != _link)
            return;
        _lastContact = _mailbox.Time.GetTimestamp();
        switch (message.MessageCase)
        {
            case Message.Welcome: OnWelcome(link, message.Welcome); break;
            case Message.Rejection: OnRejection(message.Rejection); break;
            case Message.ScoreLease: OnLease(message.ScoreLease); break;
            case Message.BuildLease: OnLease(message.BuildLease); break;
            case Message.LeaseShrunk: _leases.Shrink(message.LeaseShrunk); break;
            case Message.LeaseRevoked: _leases.Revoke(message.LeaseRevoked.Fence, message.LeaseRevoked.Reason); break;
            case Message.ScoresStored: _leases.Acknowledge(message.ScoresStored.Sequence); break;
            case Message.Drain: Drain(_options.Stay ? Ending.DrainAndStay : Ending.Drain); break;
            case Message.RunOver: OnRunOver(); break;
            default: break; // From a newer coordinator
        }
    }

    private void OnWelcome(CoordinatorLink link, Welcome welcome)
    {
        link.IsWelcome = true;
        _toldOfAbsence = _wasRejected = false;
        _backOff.Reset();
        var dtype = welcome.Run.Dtype.ToString().ToLowerInvariant();
        _log.Connected(_options.Coordinator, welcome.Run.RunId, welcome.Run.Model.Id, dtype);
        // No work is asked for before it is known whether this is still the same run.
        _requestIsOpen = true;
        _leases.Resume(welcome.KeptLeases.ToHashSet());
        _requestIsOpen = false;
        var period = TimeSpan.FromSeconds(Math.Clamp(welcome.HeartbeatSeconds / 2, 0.05, 60));
        _heartbeat?.Dispose();
        _heartbeat = _mailbox.Every(period, SendHeartbeat);
        if (_ending == Ending.None)
            Load(welcome);
        GoIfDrained();
    }

    private void OnRejection(Rejection rejection)
    {
        if (rejection.Permanent)
            throw new UserErrorException($"{_options.Coordinator}: turned this worker away: {rejection.Reason}");
        if (!_wasRejected)
            _log.NotNow(rejection.Reason);
        _wasRejected = true;
    }

    private void OnLease(ScoreLease lease) => OnLease(lease.Fence, run => _leases.Accept(lease, run));

    private void OnLease(BuildLease lease) => OnLease(lease.Fence, run => _leases.Accept(lease, run));

    private void OnLease(ulong fence, Action<RunContext> accept)
    {
        _requestIsOpen = false;
        if (_ending != Ending.None || _run is null)
            _leases.Decline(fence);
        else
            accept(_run);
        // A shard to build leaves the reader free.
        AskForWork();
    }

    private void OnEnded(CoordinatorLink link, Exception? error)
    {
        link.Dispose();
        if (link != _link)
            return;
        var wasWelcome = link.IsWelcome;
        _link = null;
        _requestIsOpen = false;
        _heartbeat?.Dispose();
        if (GoIfDrained())
            return;
        var reason = Describe(error);
        if (wasWelcome)
            _log.Lost(reason);
        ConnectLater(wasWelcome ? null : reason);
    }

    private void ConnectLater(string? reason)
    {
        var silence = _mailbox.Time.GetElapsedTime(_lastContact);
        if (silence >= _options.GiveUpAfter)
            throw new UserErrorException(
                $"{_options.Coordinator}: no coordinator for {Describe(_options.GiveUpAfter)} ({reason}); " +
                "start one with 'coordinator run' or name another with --coordinator");
        if (reason is not null && !_toldOfAbsence && !_wasRejected)
        {
            _log.NoCoordinator(_options.Coordinator, reason);
            _toldOfAbsence = true;
        }

        var left = _options.GiveUpAfter - silence;
        var pause = _backOff.Next();
        _mailbox.After(pause < left ? pause : left, Connect);
    }

    private static string Describe(Exception? error) => error switch
    {
        null => "it closed the connection",
        RpcException { Status.Detail: { Length: > 0 } detail } => detail,
        OperationCanceledException => "no answer",
        _ => ErrorLine.Describe(error).Line,
    };

    private static string Describe(TimeSpan time) => time switch
    {
        { TotalHours: >= 2 } => string.Create(CultureInfo.InvariantCulture, $"{time.TotalHours:0.#} h"),
        { TotalMinutes: >= 2 } => string.Create(CultureInfo.InvariantCulture, $"{time.TotalMinutes:0.#} min"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.#} s"),
    };
}
