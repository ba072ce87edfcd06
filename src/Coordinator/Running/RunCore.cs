using FineWebTorch.Common;
using FineWebTorch.Coordinator.Disk;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Options;
using FineWebTorch.Coordinator.Scheduling;
using FineWebTorch.Protos.V1;

namespace FineWebTorch.Coordinator.Running;

/// <summary>
/// The whole state of a run and what every command does to it. Touches neither disk nor network nor clock: it
/// fills an <see cref="Outbox"/>, which <see cref="RunLoop"/> empties. Used by one thread at a time.
/// </summary>
internal sealed class RunCore
{
    private readonly RunPlaces _places;
    private readonly Settling _settling;
    private readonly WorkerRegistry _workers;
    private readonly Quarantine _quarantine;
    private readonly DeadlyRows _deadly;
    private readonly LeaseTable _leases;
    private readonly ScoreStore _scores;
    private readonly ShardRegister _shards;
    private readonly RunControls _controls;
    private readonly InputDigests _digests;
    private readonly SessionDesk _desk;
    private readonly RunSnapshots _snapshots;

    /// <summary>
    /// Continues where the ledger stands; its leases get a fresh time-out, so that their workers can return.
    /// </summary>
    /// <param name="secrets">Null for ones that cannot be guessed.</param>
    public RunCore(
        LedgerContents contents, RunPlaces places, SchedulingOptions scheduling, SecretSource? secrets = null)
    {
        Spec = RunSpec.FromOptions(contents.Run.Options);
        _places = places;
        State = new RunState(
            [.. contents.Files.Select(file => new RunFile(file, Spec.RowsOf(file.Rows), Spec.WindowsOf(file.Rows)))],
            contents.Finished, scheduling);
        secrets ??= SecretSource.Random;
        _settling = new Settling(contents.Run, Spec, State, Outbox);
        _workers = new WorkerRegistry(State, Outbox, secrets);
        _scores = new ScoreStore(State, Spec, Outbox);
        _deadly = new DeadlyRows(State, Spec, _scores, Outbox);
        _quarantine = new Quarantine(State, _workers, Outbox);
        _leases = new LeaseTable(State, _workers, _quarantine, _deadly, Outbox, secrets);
        _shards = new ShardRegister(State, _workers, _leases, Outbox);
        _controls = new RunControls(State, Spec, _workers, _leases, _quarantine, Outbox);
        _controls.Restore(contents);
        _digests = new InputDigests(
            State, _leases,
            file =>
            {
                _scores.Drop(file);
                _deadly.Forget(file);
            },
            Outbox);
        _desk = new SessionDesk(State, _workers, _leases, _quarantine, _controls, _settling, places, Outbox);
        _snapshots = new RunSnapshots(State, Spec, _scores, _workers, _quarantine, _controls, _settling);
        _scores.Restore(contents);
        foreach (var attempt in contents.Failures)
            Files[attempt.File].Add(FailedAttempt.From(attempt), retryAt: TimeSpan.Zero);
        _deadly.Restore(contents.Suspects);
        _shards.Restore(contents);
        State.Files.Begin();
        _leases.Restore(contents.Leases);
        _quarantine.Restore(contents.Quarantined);
        Restore(contents);
    }

    public Outbox Outbox { get; } = new();

    /// <summary>Hears what workers warn of; must not wait.</summary>
    public Action<RunWorker, LogLines> Hear { get; set; } = (_, _) => { };

    public RunState State { get; }

    public RunFiles Files => State.Files;

    /// <summary>The files that are done, in their order, as the ledger has them.</summary>
    public IEnumerable<StoredFile> ReadFinished(ILedger ledger) =>
        ledger.ReadFiles().Where(file => Files.IsDone(file.Record.Index));

    /// <summary>So many shards are committed to the run's pull request.</summary>
    public int CommittedShards => _shards.Committed;

    public RunRecord Run => _settling.Run;

    /// <summary>The options that the run was started with.</summary>
    public RunSpec Spec { get; }

    /// <summary>Over all files.</summary>
    public ScoreTotals Totals => _scores.Totals;

    /// <summary>The run in the protocol's words.</summary>
    public RunDescription Description => _settling.Description;

    /// <summary>Workers in session.</summary>
    public int Sessions => _workers.Connected;

    /// <summary>Workers with work from an earlier session of this run that have not come back.</summary>
    public int Awaited => _workers.Awaited;

    /// <inheritdoc cref="Quarantine.Standstill"/>
    public string? Standstill => IsOver ? null : _quarantine.Standstill;

    /// <summary>Every file has ended, built or failed.</summary>
    public bool IsOver => Files.AllEnded;

    /// <summary>Why no shard can come of the run: no document has a finite score. Null while one may have.</summary>
    public string? Hopelessness =>
        _scores.Health.IsHopeless || (_scores.Health.IsInDoubt && Files.CountOf(FileStage.Scoring) == 0)
            ? $"{_scores.Health.Problem(Run.Model.Id)}; the run was stopped, and nothing of it was published"
            : null;

    public void Handle(RunCommand command, TimeSpan now)
    {
        switch (command)
        {
            case RunCommand.Received received: Handle(received.Session, received.Message, now); break;
            case RunCommand.Broken broken: _desk.Break(broken.Session, broken.Fault); break;
            case RunCommand.SessionEnded ended: _desk.End(ended.Session, now); break;
            case RunCommand.Drain: _desk.Drain(); break;
            case RunCommand.DigestRead digest: _digests.Handle(digest, now); break;
            case RunCommand.ProcessEnded ended: _desk.Bury(ended.ProcessId, now); break;
            case RunCommand.FindBuild find: _shards.Handle(find); break;
            case RunCommand.FindReader find: _workers.Handle(find); break;
            case RunCommand.PrepareShard prepare: _shards.Handle(prepare, now); break;
            case RunCommand.FinishShard finish: _shards.Handle(finish); break;
            case RunCommand.NotePublication note: _shards.Handle(note); break;
            case RunCommand.Control control: _controls.Handle(control, _desk.IsOver); break;
            case RunCommand.Tick: break;
            default:
                throw new NotSupportedException($"{command.GetType().Name} is unknown to the loop. This is a bug.");
        }
    }

    /// <summary>Does what can be done now. Called after commands have been handled.</summary>
    /// <param name="heardUntil">Up to which all has been handled that was said; null where that is all.</param>
    public void Plan(TimeSpan now, TimeSpan? heardUntil = null)
    {
        State.HeardUntil = heardUntil ?? now;
        _desk.Settle(now);
        if (!IsOver)
            _quarantine.WatchStandstill(now);
        while (Planner.Next(State, now) is { } action)
            Apply(action, now);
        if (IsOver)
            _desk.EndRun();
    }

    /// <summary>The run at this moment, for those who watch it: takes as long as there are workers.</summary>
    public RunSnapshot Snapshot(TimeSpan now) => _snapshots.Take(now);

    /// <summary>What a lease is for.</summary>
    public WorkSnapshot Describe(RunLease lease) => _snapshots.Describe(lease);

    /// <summary>Also names those that are expected back, whose leases know them by their ids alone.</summary>
    private void Restore(LedgerContents contents)
    {
        foreach (var work in contents.Work)
            Files[work.File].Add(work);
        foreach (var last in contents.Holders)
        {
            if (State.Workers.TryGetValue(last.WorkerId, out var worker))
                (worker.Name, worker.DeviceName) = (last.Worker, last.Device);
        }
    }

    private void Handle(IWorkerSession session, WorkerMessage message, TimeSpan now)
    {
        if (message.MessageCase == WorkerMessage.MessageOneofCase.Hello)
        {
            _desk.Greet(session, message.Hello, now);
            return;
        }

        if (_workers.Of(session) is not { } worker)
        {
            // Either replaced by a newer session of the same worker, or it never introduced itself.
            Outbox.After(() => session.Close("Hello must be the first message of a session"));
            return;
        }

        worker.LastHeard = now;
        if (_leases.RefuseForeign(session, worker, message, Description.Digest))
            return;
        if (MessageChecks.FaultOf(message, worker, Files, Run.TokenBudget) is { } fault)
        {
            _desk.Dismiss(session, worker, fault);
            return;
        }

        switch (message.MessageCase)
        {
            case WorkerMessage.MessageOneofCase.WorkRequest: _desk.Request(session, worker); break;
            case WorkerMessage.MessageOneofCase.FileOpened: Open(session, worker, message.FileOpened, now); break;
            case WorkerMessage.MessageOneofCase.Scores: Store(session, worker, message.Scores, now); break;
            case WorkerMessage.MessageOneofCase.Heartbeat: worker.Note(message.Heartbeat, now); break;
            case WorkerMessage.MessageOneofCase.LeaseEnded: _leases.End(worker, message.LeaseEnded, now); break;
            case WorkerMessage.MessageOneofCase.Log: Outbox.After(() => Hear(worker, message.Log)); break;
            case WorkerMessage.MessageOneofCase.Goodbye: _desk.SayGoodbye(session, worker); break;
            default: break; // a message kind of a later version
        }
    }

    private void Apply(PlanAction action, TimeSpan now)
    {
        switch (action)
        {
            case PlanAction.GrantScore grant: Grant(grant, now); break;
            case PlanAction.GrantBuild grant: Grant(grant, now); break;
            case PlanAction.Share share: Share(share, now); break;
            case PlanAction.Expire expire: _desk.Expire(State.Workers[expire.WorkerId], now); break;
            case PlanAction.Stall stall: _leases.Stall(State.Leases[stall.Fence], now); break;
            case PlanAction.FailFile fail: _leases.FailFile(Files[fail.File], fail.Reason); break;
            case PlanAction.ReadDigest digest: _digests.Read(Files[digest.File]); break;
            default:
                throw new NotSupportedException($"{action.GetType().Name} is unknown to the loop. This is a bug.");
        }
    }

    private void Open(IWorkerSession session, RunWorker worker, FileOpened opened, TimeSpan now)
    {
        if (_leases.Held(session, worker, opened.Fence) is not { } lease)
            return;
        var file = Files[lease.File];
        worker.NoteOpened(lease, file.Record, now);
        if (opened.Rows != (ulong)file.Record.Rows)
            _leases.Fail(lease, $"it sees {NumberText.Count((long)opened.Rows, "row")} where the coordinator found {file.Record.Rows}", now);
        else if (file.Record.Sha256 is { } known && known != opened.Sha256)
            _leases.Fail(
                lease, $"it sees other content (sha256 {opened.Sha256}) than was scored before ({known})", now);
        else if (!file.IsDigestKnown)
            _digests.Note(lease, opened.Sha256);
    }

    private void Store(IWorkerSession session, RunWorker worker, ScoreReport report, TimeSpan now)
    {
        Outbox.Send(session, Messages.ScoresStored(report.Sequence));
        if (_leases.Held(session, worker, report.Fence) is not { Kind: LeaseKind.Score } lease)
            return;
        var file = Files[lease.File];
        var fault = _scores.Store(worker, lease, report, now);
        // A faulty one may name windows that there are not.
        _deadly.Forget(
            file, report.Batches.Select(batch => batch.Window).Where(window => window < (uint)file.Windows).Distinct()
                .Select(window => (int)window));
        _leases.EndTwin(lease);
        // Not the file's fault, whatever it is.
        if (fault is not null)
            _leases.Fail(lease, $"its report was faulty: {fault}", now, LeaseEnded.Types.Fault.Machine);
        if (file.Stage == FileStage.Scored)
            _leases.Refute(file, LeaseKind.Score);
    }

    private void Share(PlanAction.Share share, TimeSpan now)
    {
        var shared = State.Leases[share.Fence];
        _leases.Shrink(share.Fence, share.End);
        if (Files[shared.File].FirstUnleased(share.End) is { } windows)
            Grant(new PlanAction.GrantScore(share.WorkerId, shared.File, windows), now);
    }

    private void Grant(PlanAction.GrantScore grant, TimeSpan now)
    {
        var file = Files[grant.File];
        var lease = _leases.Grant(LeaseKind.Score, file, grant.Windows, State.Workers[grant.WorkerId], now);
        _workers.Send(grant.WorkerId, Messages.Score(lease, file, _scores));
    }

    private void Grant(PlanAction.GrantBuild grant, TimeSpan now)
    {
        var file = Files[grant.File];
        var lease = _leases.Grant(LeaseKind.Build, file, default, State.Workers[grant.WorkerId], now);
        _workers.Send(
            grant.WorkerId, Messages.Build(lease, file, Run, Spec, _places.StagingOf(lease.Fence)));
    }
}
