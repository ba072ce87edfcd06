using FineWebTorch.Cli;
using FineWebTorch.Protos.V1;
using FineWebTorch.Worker.Coordination;

namespace FineWebTorch.Worker.Session;

// The ways a session ends.
internal sealed partial class WorkerAgent
{
    private IDisposable? _drainTimer;
    private bool _staysAfterGoodbye;
    private bool _triedAgain;

    private void Drain(Ending ending)
    {
        var before = _ending;
        // A signal ends what a coordinator only asked to pause.
        if (ending == Ending.Drain)
        {
            _staysAfterGoodbye = false;
            _drainTimer ??= _mailbox.After(_options.DrainTimeout, OnDrainTimeout);
            if (before == Ending.DrainAndStay)
                _ending = Ending.Drain;
        }

        if (before != Ending.None)
            return;
        _ending = ending;
        if (!_leases.IsEmpty)
            _log.Draining();
        _leases.StopAll();
        GoIfDrained();
    }

    private void OnRunOver()
    {
        _log.RunOver(_statistics.Totals.Documents, _statistics.Totals.Busy.TotalSeconds);
        Drain(_options.Stay ? Ending.DrainAndStay : Ending.Drain);
    }

    /// <summary>Leaves when every lease has been given back. True where that settles what happens next.</summary>
    private bool GoIfDrained()
    {
        if (_ending == Ending.None || !_leases.IsEmpty)
            return false;
        if (_link is { IsWelcome: true } link)
        {
            SayGoodbye(link);
            return false;
        }

        // What is still undelivered gets one more chance to reach a coordinator that is coming back.
        if (_leases.HasUnconfirmed && !_triedAgain && (_ending != Ending.Goodbye || _leases.HasUndeliveredScores))
        {
            _triedAgain = true;
            _ending = _ending == Ending.DrainAndStay || _staysAfterGoodbye ? Ending.DrainAndStay : Ending.Drain;
            Connect();
            return true;
        }

        if (_link is not null && _leases.HasUnconfirmed)
            return true;
        Leave(_ending == Ending.DrainAndStay || _staysAfterGoodbye);
        return true;
    }

    private void SayGoodbye(CoordinatorLink link)
    {
        if (_ending == Ending.Goodbye)
            return;
        _staysAfterGoodbye = _ending == Ending.DrainAndStay;
        _ending = Ending.Goodbye;
        link.Send(new WorkerMessage { Goodbye = new Goodbye() });
        link.Close();
    }

    private void Leave(bool stay)
    {
        if (!stay)
        {
            if (_leases.HasUndeliveredScores)
                _log.Undelivered();
            Finish(ExitCode.Success);
            return;
        }

        _log.WaitingForRun();
        _ending = Ending.None;
        _staysAfterGoodbye = _triedAgain = false;
        _mailbox.After(_options.StayInterval, Connect);
    }

    private void OnDrainTimeout()
    {
        if (_leases.HasUndeliveredScores || !_leases.IsEmpty)
            _log.Undelivered();
        Finish(ExitCode.Success);
    }
}
