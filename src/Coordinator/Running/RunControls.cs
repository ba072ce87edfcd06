using FineWebTorch.Common;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Options;
using FineWebTorch.Coordinator.Scheduling;
using FineWebTorch.Protos.V1;

namespace FineWebTorch.Coordinator.Running;

/// <summary>What a person may change of a run while it goes on: all of it outlives a restart.</summary>
/// <param name="spec">Of the run.</param>
internal sealed class RunControls(
    RunState state, RunSpec spec, WorkerRegistry workers, LeaseTable leases, Quarantine quarantine, Outbox outbox)
{
    private readonly SortedSet<string> _bans = new(StringComparer.Ordinal);

    /// <summary>Names, or patterns of names, of workers that are turned away.</summary>
    public IReadOnlyList<string> Bans => [.. _bans];

    /// <summary>Whoever comes back to a paused run gives back what it holds.</summary>
    public bool GivesBack { get; private set; }

    public void Restore(LedgerContents contents)
    {
        state.Paused = contents.Paused;
        _bans.UnionWith(contents.Bans);
    }

    /// <returns>Why the worker is turned away; null where no ban is on it.</returns>
    public Rejection? Refuse(Hello hello) =>
        _bans.FirstOrDefault(ban => NamePatterns.Matches(ban, hello.Name)) is { } ban ? Banned(ban) : null;

    /// <param name="control">Answered when the ledger has what it changes.</param>
    /// <param name="isOver">Every file has ended, and workers know.</param>
    public void Handle(RunCommand.Control control, bool isOver)
    {
        var answer = isOver && control.Request is not ControlRequest.Resume
            ? ControlAnswer.Refused("the run is over: every file has ended")
            : Do(control.Request);
        outbox.After(() => control.Answer.TrySetResult(answer));
    }

    private ControlAnswer Do(ControlRequest request) => request switch
    {
        ControlRequest.Pause pause => Pause(pause.GiveBack),
        ControlRequest.Resume => Resume(),
        ControlRequest.Drain drain => Drain(drain.Workers),
        ControlRequest.Ban ban => Ban(ban.Workers),
        ControlRequest.Allow allow => Allow(allow.Workers),
        ControlRequest.Skip skip => Skip(skip.Files),
        ControlRequest.Retry retry => FindFailed(retry.Files),
        ControlRequest.Reopen reopen => Reopen(reopen.Files),
        _ => throw new NotSupportedException($"{request.GetType().Name} is unknown to the run. This is a bug."),
    };

    private ControlAnswer Pause(bool giveBack)
    {
        SetPaused(true);
        GivesBack = giveBack;
        outbox.Tell(new RunEvent.RunPaused(giveBack));
        workers.SendToAll(Messages.Paused(giveBack));
        return new ControlAnswer(["run"]);
    }

    private ControlAnswer Resume()
    {
        if (!state.Paused)
            return ControlAnswer.Refused("the run is not paused");
        SetPaused(false);
        outbox.Tell(new RunEvent.RunResumed());
        return new ControlAnswer(["run"]);
    }

    private void SetPaused(bool paused)
    {
        state.Paused = paused;
        outbox.Change(new LedgerChange.PausedSet(paused));
    }

    private ControlAnswer Drain(NamePatterns names)
    {
        var meant = Meant(names);
        foreach (var worker in meant)
        {
            outbox.Tell(new RunEvent.WorkerDrained(worker.Name));
            if (worker.Connected)
                workers.Dismiss(worker, Messages.Leave("a person has drained this worker"));
            else
                Forget(worker);
        }

        return meant.Count > 0 ? Done(meant) : NoWorker(names);
    }

    private ControlAnswer Ban(NamePatterns names)
    {
        foreach (var name in names.Patterns)
        {
            _bans.Add(name);
            outbox.Change(new LedgerChange.BanSet(name, Banned: true));
            outbox.Tell(new RunEvent.WorkerBanned(name));
            foreach (var worker in Meant(names with { Patterns = [name] }))
            {
                workers.Expel(worker, Banned(name));
                Forget(worker);
            }
        }

        return new ControlAnswer(names.Patterns);
    }

    private ControlAnswer Allow(NamePatterns names)
    {
        var lifted = _bans.Where(names.Match).ToList();
        foreach (var name in lifted)
        {
            _bans.Remove(name);
            outbox.Change(new LedgerChange.BanSet(name, Banned: false));
            outbox.Tell(new RunEvent.BanLifted(name));
        }

        var cured = quarantine.Records.Select(record => record.Worker).Where(names.Match)
            .Distinct(StringComparer.Ordinal).ToList();
        cured.ForEach(worker => quarantine.Allow(worker));
        return lifted.Count + cured.Count > 0
            ? new ControlAnswer([.. lifted, .. cured])
            : ControlAnswer.Refused($"no ban and no quarantine is on {names}" +
                (_bans.Count > 0 ? $"; bans are on {string.Join(", ", _bans)}" : ""));
    }

    private ControlAnswer Skip(NamePatterns names)
    {
        var meant = state.Files.Held.Where(file => names.Match(file.Record.Name) &&
            file.Stage is FileStage.Scoring or FileStage.Scored or FileStage.Failed &&
            file.Record.Failure != FileRecord.Skipped).ToList();
        foreach (var file in meant)
            leases.FailFile(file, FileRecord.Skipped);
        return meant.Count > 0
            ? new ControlAnswer([.. meant.Select(file => file.Record.Name)])
            : ControlAnswer.Refused(
                $"no file that could be skipped matches {names}; 'coordinator files --open' lists them");
    }

    private ControlAnswer FindFailed(NamePatterns names)
    {
        var failed = state.Files.Held.Where(file => file.Stage == FileStage.Failed && names.Match(file.Record.Name))
            .Select(file => file.Record).ToList();
        return failed.Count == 0
            ? ControlAnswer.Refused($"no failed file matches {names}; 'coordinator files --failed' lists them")
            : new ControlAnswer([.. failed.Select(file => file.Name)]) { Files = failed };
    }

    private ControlAnswer Reopen(IReadOnlyList<LedgerChange.FileReplaced> changes)
    {
        var failed = changes.Where(change => state.Files.StageOf(change.File.Index) == FileStage.Failed).ToList();
        if (failed.Find(change => change.DropScores && state.Files[change.File.Index].Totals.Rows > 0) is { } other)
            return ControlAnswer.Refused(
                $"{other.File.Path}: the file is another one than was scored before; end the run and give its command " +
                "with --on-changed-input rescore");
        foreach (var change in failed)
        {
            state.Files[change.File.Index].Reopen(
                change.File, spec.RowsOf(change.File.Rows), spec.WindowsOf(change.File.Rows));
            outbox.Change(change);
            outbox.Tell(new RunEvent.FileReopened(change.File.Name));
        }

        return new ControlAnswer([.. failed.Select(change => change.File.Name)]);
    }

    private List<RunWorker> Meant(NamePatterns names) =>
        [.. state.Workers.Values.Where(worker => names.Match(worker.Name) || names.Patterns.Contains(worker.Id))];

    /// <summary>Others get what it holds, at once.</summary>
    private void Forget(RunWorker worker)
    {
        leases.CloseAll(worker);
        workers.Forget(worker);
    }

    private ControlAnswer NoWorker(NamePatterns names)
    {
        const int most = 10;
        var known = state.Workers.Values.Select(worker => worker.Name).Order(StringComparer.Ordinal).Take(most);
        return ControlAnswer.Refused($"no worker here matches {names}" +
            (state.Workers.Count > 0 ? $"; there are {string.Join(", ", known)}" : "") +
            (state.Workers.Count > most ? $" and {NumberText.Count(state.Workers.Count - most)} more" : ""));
    }

    private static ControlAnswer Done(IEnumerable<RunWorker> workers) =>
        new([.. workers.Select(worker => worker.Name)]);

    private static Rejection Banned(string ban) => new()
    {
        Reason = $"a person has banned {ban} from this run ('coordinator workers allow' takes it back)",
        Permanent = true,
    };
}
