using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Scheduling;
using FineWebTorch.Protos.V1;

namespace FineWebTorch.Coordinator.Running;

/// <summary>
/// The whole state of a run and what every command does to it. Touches neither disk nor network nor clock: it
/// collects <see cref="Effects"/>, which <see cref="RunLoop"/> carries out. Used by one thread at a time.
/// </summary>
internal sealed partial class RunCore
{
    private readonly RunIdentity _identity;
    private readonly RunPlaces _places;
    private readonly List<FileProgress> _files;
    private readonly SchedulerState _state;
    private readonly RunTotals _totals = new();
    private readonly Dictionary<IWorkerSession, WorkerState> _sessions = [];
    private readonly Dictionary<string, IWorkerSession> _sessionOf = new(StringComparer.Ordinal);
    private readonly HashSet<string> _awaited = new(StringComparer.Ordinal);
    private RunRecord _run;
    private bool _toldOver;

    /// <summary>
    /// Continues where the ledger stands; its leases get a fresh time-out, so that their workers can return.
    /// </summary>
    public RunCore(LedgerContents contents, RunPlaces places, SchedulingOptions scheduling)
    {
        _run = contents.Run;
        _identity = RunIdentity.FromOptions(contents.Run.Options);
        _places = places;
        _files = [.. contents.Files.Select(file => new FileProgress(
            file, new FileState(file.Index, _identity.WindowsOf(file.Rows))))];
        _state = new SchedulerState([.. _files.Select(file => file.State)], scheduling)
        {
            LastFence = contents.LastFence,
        };
        Restore(contents);
    }

    public Effects Effects { get; } = new();

    public SchedulerState State => _state;

    public IReadOnlyList<FileProgress> Files => _files;

    public RunRecord Run => _run;

    public RunTotals Totals => _totals;

    /// <summary>Every file has ended, built or set aside.</summary>
    public bool IsOver => _state.AllFilesEnded;

    public int Sessions => _sessions.Count;

    public void Handle(RunCommand command, TimeSpan now)
    {
        switch (command)
        {
            case RunCommand.Received received: Handle(received.Session, received.Message, now); break;
            case RunCommand.SessionEnded ended: EndSession(ended.Session); break;
            case RunCommand.Drain: Drain(); break;
            case RunCommand.DigestRead digest: Handle(digest); break;
            case RunCommand.FindBuild find: Handle(find); break;
            case RunCommand.PrepareShard prepare: Handle(prepare); break;
            case RunCommand.FinishShard finish: Handle(finish, now); break;
            case RunCommand.Tick: break;
            default:
                throw new NotSupportedException($"{command.GetType().Name} is unknown to the loop. This is a bug.");
        }
    }

    /// <summary>Does what can be done now. Called after commands have been handled.</summary>
    public void Plan(TimeSpan now)
    {
        while (Planner.Next(_state, now) is { } action)
            Apply(action, now);
        if (!IsOver || _toldOver)
            return;
        _toldOver = true;
        foreach (var session in _sessions.Keys)
            Effects.Send(session, new CoordinatorMessage { RunOver = new RunOver() });
    }

    private void Handle(IWorkerSession session, WorkerMessage message, TimeSpan now)
    {
        if (message.MessageCase == WorkerMessage.MessageOneofCase.Hello)
        {
            Greet(session, message.Hello, now);
            return;
        }

        if (!_sessions.TryGetValue(session, out var worker))
        {
            // Either replaced by a newer session of the same worker, or it never introduced itself.
            Effects.After(() => session.Close("Hello must be the first message of a session"));
            return;
        }

        worker.LastHeard = now;
        switch (message.MessageCase)
        {
            case WorkerMessage.MessageOneofCase.WorkRequest: Request(session, worker); break;
            case WorkerMessage.MessageOneofCase.FileOpened: Open(session, worker, message.FileOpened, now); break;
            case WorkerMessage.MessageOneofCase.Scores: Store(session, worker, message.Scores, now); break;
            case WorkerMessage.MessageOneofCase.Heartbeat: NoteProgress(worker, message.Heartbeat); break;
            case WorkerMessage.MessageOneofCase.LeaseEnded: End(worker, message.LeaseEnded, now); break;
            case WorkerMessage.MessageOneofCase.Goodbye: SayGoodbye(session, worker); break;
            default: break; // a message kind of a later version
        }
    }

    private void Apply(PlanAction action, TimeSpan now)
    {
        switch (action)
        {
            case PlanAction.GrantScore grant: GrantScore(grant, now); break;
            case PlanAction.GrantBuild grant: GrantBuild(grant, now); break;
            case PlanAction.Shrink shrink: Shrink(shrink); break;
            case PlanAction.Expire expire: Expire(expire, now); break;
            case PlanAction.SetAside aside: SetAside(_files[aside.File], aside.Reason); break;
            case PlanAction.ReadDigest digest:
                _files[digest.File].State.DigestUnderWay = true;
                Effects.Digest(_files[digest.File].Record);
                break;
            default:
                throw new NotSupportedException($"{action.GetType().Name} is unknown to the loop. This is a bug.");
        }
    }

    private void Drain()
    {
        if (_state.Draining)
            return;
        _state.Draining = true;
        foreach (var session in _sessions.Keys)
            Effects.Send(session, new CoordinatorMessage { Drain = new Drain() });
    }

    private void Request(IWorkerSession session, WorkerState worker)
    {
        _state.Request(worker);
        if (_toldOver)
            Effects.Send(session, new CoordinatorMessage { RunOver = new RunOver() });
    }

    private WorkerState? WorkerOf(LeaseState lease) => _state.Workers.GetValueOrDefault(lease.WorkerId);

    private void SendTo(string workerId, CoordinatorMessage message)
    {
        if (_sessionOf.TryGetValue(workerId, out var session))
            Effects.Send(session, message);
    }
}
