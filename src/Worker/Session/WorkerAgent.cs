using FineWebTorch.Common;
using FineWebTorch.Model;
using FineWebTorch.Protos.V1;
using FineWebTorch.Worker.Pipeline;
using Microsoft.Extensions.Logging;
using Message = FineWebTorch.Protos.V1.CoordinatorMessage.MessageOneofCase;

namespace FineWebTorch.Worker.Session;

/// <summary>
/// A worker's life: finds the coordinator, keeps or renews the connection, loads the model of the run, asks for work
/// and ends when it is told to. <see cref="SessionStateMachine"/> says what follows from what happens; this class
/// carries it out. Everything runs in the mailbox.
/// </summary>
internal sealed class WorkerAgent : IDisposable
{
    private readonly SessionOptions _options;
    private readonly SessionServices _services;
    private readonly Mailbox _mailbox;
    private readonly SessionStateMachine _states = new();
    private readonly CoordinatorConnection _connection;
    private readonly LeaseManager _leases;
    private readonly RunLoader _runs;
    private readonly PipelineStatistics _statistics;
    private readonly ILogger _log;

    private IDisposable? _heartbeat;
    private IDisposable? _drainTimer;
    private string _runDigest = "";
    private bool _requestIsOpen;
    private bool _hasDeviceFailed;

    public WorkerAgent(SessionOptions options, SessionServices services)
    {
        (_options, _services) = (options, services);
        (_log, _statistics) = (services.Log, services.Statistics);
        _mailbox = new Mailbox(services.Time);
        _connection = new CoordinatorConnection(options, services, _mailbox, OnReceived, OnConnectionEnded);
        _leases = new LeaseManager(
            _mailbox, services.Format, services.Inputs, services.Builder, services.Watchdog, _connection.Send,
            OnLeasesChanged, OnDeviceFailed, services.Log);
        _runs = new RunLoader(
            services, _mailbox, _leases, _statistics,
            () =>
            {
                AskForWork();
                ShowActivity();
            });
    }

    /// <summary>The device has failed or is still computing: its library must not be unloaded.</summary>
    public bool MustEndAtOnce => _hasDeviceFailed || !_leases.IsEmpty;

    /// <summary>
    /// Runs until the run is over, the stop token is cancelled, the device fails or the coordinator cannot be found.
    /// </summary>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    /// <exception cref="UserErrorException">The coordinator is not there, or turned this worker away.</exception>
    public async Task<int> RunAsync(CancellationToken stop)
    {
        using var report = _mailbox.Every(_options.ReportInterval, () =>
        {
            _leases.Report();
            SendWarnings();
        });
        await using var stopping = stop.Register(() => _mailbox.Post(EndInOrder));
        _services.Watchdog.WatchMailbox(_mailbox.Post);
        try
        {
            Handle(SessionEvent.AttemptDue);
            await _mailbox.RunAsync();
            return _hasDeviceFailed ? ExitCode.Failure
                : _connection.Farewell == Farewell.Interrupted ? ExitCode.NoCoordinator : ExitCode.Success;
        }
        finally
        {
            _services.Watchdog.WatchMailbox(null);
            _heartbeat?.Dispose();
            _connection.Dispose();
            // A batch that outlasted the drain time-out is left to the end of the process.
            await _runs.EndAsync(unload: !MustEndAtOnce);
        }
    }

    public void Dispose() => _runs.Dispose();

    private void Handle(SessionEvent what)
    {
        switch (_states.Handle(what, _leases.Undelivered))
        {
            case SessionAction.Connect:
                _connection.Open(_leases.Fences);
                break;
            case SessionAction.ConnectLater:
                ConnectLater();
                break;
            case SessionAction.StopLeases:
                if (!_leases.IsEmpty)
                    _log.Draining();
                _leases.StopAll();
                break;
            case SessionAction.SayGoodbye:
                SendWarnings();
                _connection.SayGoodbye();
                break;
            case SessionAction.WaitForRun:
                if (_connection.Farewell != Farewell.Interrupted)
                    _log.WaitingForRun();
                _connection.RetryAfter(_options.StayInterval, () => Handle(SessionEvent.AttemptDue));
                break;
            case SessionAction.End:
                End();
                break;
        }

        LeaveIfDrained();
        ShowActivity();
    }

    private void ShowActivity() => _services.Activity.Text = (_states.State, _leases.Doing) switch
    {
        (SessionState.Working, { Length: > 0 } doing) => doing,
        (SessionState.Working, _) => _runs.Current is null ? "loading the model" : "waiting for work",
        (SessionState.Connecting or SessionState.Registering, _) => "connecting",
        (SessionState.Reconnecting, { Length: > 0 } doing) => $"without its coordinator: {doing}",
        (SessionState.Reconnecting, _) => "waiting for its coordinator",
        _ => "ending",
    };

    private void LeaveIfDrained()
    {
        if (_states.IsDraining && _leases.IsEmpty)
            Handle(SessionEvent.LeasesReturned);
    }

    private void OnReceived(CoordinatorMessage message)
    {
        switch (message.MessageCase)
        {
            case Message.Welcome: OnWelcome(message.Welcome); break;
            case Message.Rejection: _connection.Reject(message.Rejection); break;
            case Message.ScoreLease: OnLease(message.ScoreLease); break;
            case Message.BuildLease: OnLease(message.BuildLease); break;
            case Message.LeaseShrunk: _leases.Shrink(message.LeaseShrunk); break;
            case Message.LeaseRevoked: _leases.Revoke(message.LeaseRevoked.Fence, message.LeaseRevoked.Reason); break;
            case Message.ScoresStored: _leases.Acknowledge(message.ScoresStored.Sequence); break;
            case Message.Quarantined when !_states.IsEnding: _log.Quarantined(message.Quarantined.Reason); break;
            case Message.Allowed: _log.Allowed(); break;
            case Message.Drain: OnDrain(message.Drain); break;
            case Message.Paused: OnPaused(message.Paused); break;
            case Message.RunOver: OnRunOver(); break;
            default: break; // From a newer coordinator
        }
    }

    private void OnWelcome(Welcome welcome)
    {
        _connection.Register();
        var isSettled = welcome.Run.Dtype != Dtype.Unspecified && welcome.Run.TokenBudget > 0;
        var dtype = isSettled ? welcome.Run.Dtype.ToString().ToLowerInvariant() : "dtype to be chosen";
        _log.Connected(_options.Coordinator.Current, welcome.Run.RunId, welcome.Run.Model.Id, dtype);
        _services.Calls.Session = welcome.Session;
        _services.Names.Run = welcome.Run.RunId;
        // Under another run a number that it knows means another lease.
        _leases.Resume(welcome.Run.Digest == _runDigest ? welcome.KeptLeases.ToHashSet() : new HashSet<ulong>());
        _runDigest = welcome.Run.Digest;
        var period = TimeSpan.FromSeconds(Math.Clamp(welcome.HeartbeatSeconds / 2, 0.05, 60));
        _heartbeat?.Dispose();
        _heartbeat = _mailbox.Every(period, SendHeartbeat);
        // Another Welcome follows, once the coordinator has seen the first workers.
        if (!isSettled)
            _runs.Await();
        else if (!_states.IsEnding)
            _runs.Load(welcome);
        Handle(SessionEvent.Welcomed);
        AskForWork();
    }

    private void OnConnectionEnded()
    {
        _requestIsOpen = false;
        _heartbeat?.Dispose();
        Handle(SessionEvent.ConnectionEnded);
    }

    private void OnLease(ScoreLease lease) => OnLease(lease.Fence, run => _leases.Accept(lease, run));

    private void OnLease(BuildLease lease) => OnLease(lease.Fence, run => _leases.Accept(lease, run));

    private void OnLease(ulong fence, Action<RunContext> accept)
    {
        _requestIsOpen = false;
        if (_states.IsEnding || _runs.Current is not { } run)
            _leases.Decline(fence, _runDigest);
        else
            accept(run);
        ShowActivity();
        // A shard to build leaves the reader free.
        AskForWork();
    }

    private void OnLeasesChanged()
    {
        AskForWork();
        LeaveIfDrained();
        ShowActivity();
    }

    private void AskForWork()
    {
        if (_states.State != SessionState.Working || _requestIsOpen || _runs.Current is null || !_leases.WantsWork)
            return;
        _requestIsOpen = true;
        _connection.Send(new WorkerMessage { WorkRequest = new WorkRequest() });
    }

    /// <summary>Nothing that is still asked of it can be relied on: another process may do better.</summary>
    private void OnDeviceFailed(DeviceFailedException failure)
    {
        if (_hasDeviceFailed)
            return;
        _hasDeviceFailed = true;
        _log.DeviceFailed(_services.Identity.DeviceName, failure.Message);
        EndInOrder();
    }

    private void OnRunOver()
    {
        var totals = _statistics.Totals;
        _log.RunOver(totals.Documents, totals.Busy);
        _connection.Farewell = Farewell.RunOver;
        if (_options.Stay)
            Handle(SessionEvent.PauseAsked);
        else
            EndInOrder();
    }

    /// <summary>Whoever interrupts a run is likely to continue it: its workers wait for that.</summary>
    private void OnDrain(Drain drain)
    {
        if (_connection.Farewell == Farewell.RunOver)
            return;
        if (drain.Leave)
        {
            _log.ToldToLeave(drain.Reason);
            EndInOrder();
            return;
        }

        _connection.Farewell = Farewell.Interrupted;
        if (!_options.Wait)
        {
            _log.InterruptedEnding();
            EndInOrder();
            return;
        }

        if (!_states.IsEnding)
            _log.Interrupted(_connection.Patience);
        Handle(SessionEvent.PauseAsked);
    }

    /// <summary>It stays in session: its open request is answered when the run goes on.</summary>
    private void OnPaused(Paused paused)
    {
        _log.Paused();
        if (paused.GiveBack)
            _leases.StopAll();
    }

    private void ConnectLater()
    {
        // Leases are given back within seconds; until then it is worth trying.
        var mayWait = _options.Wait || _states.IsDraining;
        if (_connection.Retry(() => Handle(SessionEvent.AttemptDue), mayWait))
            return;
        _log.NoNextRun(_connection.Patience);
        EndInOrder();
    }

    private void EndInOrder()
    {
        _drainTimer ??= _mailbox.After(_options.DrainTimeout, () => Handle(SessionEvent.DrainTimedOut));
        Handle(SessionEvent.EndAsked);
    }

    private void SendWarnings()
    {
        if (_connection.IsRegistered && _services.Warnings.Take() is { } lines)
            _connection.Send(new WorkerMessage { Log = lines });
    }

    private void SendHeartbeat()
    {
        _connection.Send(new WorkerMessage
        {
            Heartbeat = new Heartbeat
            {
                Leases = { _leases.Progress() },
                Statistics = StatisticsNow(),
            },
        });
    }

    private WorkerStatistics StatisticsNow()
    {
        var totals = _statistics.Totals;
        return new WorkerStatistics
        {
            Documents = (ulong)totals.Documents,
            Tokens = (ulong)totals.Tokens,
            Positions = (ulong)totals.Positions,
            Batches = (ulong)totals.Batches,
            BatchesInFlight = (uint)_statistics.BatchesInFlight,
            BusySeconds = totals.Busy.TotalSeconds,
            ReaderWaitSeconds = totals.ReaderWait.TotalSeconds,
            TokenizerWaitSeconds = totals.TokenizerWait.TotalSeconds,
            WriterWaitSeconds = totals.WriterWait.TotalSeconds,
            NetworkWaitSeconds = totals.NetworkWait.TotalSeconds,
            ResidentBytes = (ulong)Environment.WorkingSet,
            Device = _services.Sampler?.Last,
        };
    }

    private void End()
    {
        if (_leases.Undelivered == Undelivered.Scores || !_leases.IsEmpty)
            _log.UndeliveredScores();
        _mailbox.Close();
    }
}
