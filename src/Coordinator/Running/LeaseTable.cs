using FineWebTorch.Common;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Scheduling;
using FineWebTorch.Protos.V1;

namespace FineWebTorch.Coordinator.Running;

/// <summary>
/// Gives leases out and ends them. Whatever becomes of one goes to the ledger, and its worker is told; what failed
/// under it is charged to its worker first, and to its file where that is more likely.
/// </summary>
internal sealed class LeaseTable(
    RunState state, WorkerRegistry workers, Quarantine quarantine, DeadlyRows deadly, Outbox outbox,
    SecretSource secrets)
{
    /// <summary>Takes over leases given out before this coordinator was started; their workers may come back.</summary>
    public void Restore(IReadOnlyList<LeaseRecord> leases)
    {
        foreach (var lease in leases)
        {
            if (state.Files[lease.File].IsProbed(lease.Windows.First) && lease.Kind == LeaseKind.Score)
            {
                // Which rows it was for is not known any more.
                outbox.Change(new LedgerChange.LeaseClosed(lease.Fence));
                continue;
            }

            workers.Await(lease.WorkerId);
            state.Add(new RunLease(lease.Fence, lease.Kind, lease.File, lease.Windows, lease.WorkerId));
        }
    }

    /// <summary>Answers one open request of a worker. The message to it is the caller's.</summary>
    public RunLease Grant(LeaseKind kind, RunFile file, WindowRange windows, RunWorker worker, TimeSpan now)
    {
        var fence = SecretSource.DrawNew(
            secrets.Fence,
            drawn => drawn == 0 || state.Leases.ContainsKey(drawn) || worker.FileOfGiven(drawn) is not null);
        var lease = new RunLease(fence, kind, file.Index, windows, worker.Id)
        {
            Probe = kind == LeaseKind.Score ? deadly.ProbeOf(file, windows.First) : null,
            Span = RunInstruments.Begin(kind, file.Record, windows, worker),
        };
        lease.Begin(now);
        worker.NoteGiven(lease);
        worker.Answer();
        state.Add(lease);
        outbox.Change(new LedgerChange.LeaseGranted(lease.Record));
        if (lease.Twin is { } slow)
            outbox.Tell(new RunEvent.SecondLease(
                file.Record.Name, worker.Name, state.Workers[slow.WorkerId].Name, kind == LeaseKind.Build));
        return lease;
    }

    /// <summary>The lease, if this worker holds it; else it is told that it does not.</summary>
    public RunLease? Held(IWorkerSession session, RunWorker worker, ulong fence)
    {
        var lease = worker.Holds(fence);
        if (lease is null)
            outbox.Send(session, Messages.Revoked(fence, "the lease has ended or gone to another worker"));
        return lease;
    }

    /// <summary>
    /// Refuses a report that was made for another run, as by a worker that has not noticed that its coordinator is
    /// another one. The lease that it names, should there be one here, ends.
    /// </summary>
    /// <param name="run">This run's digest.</param>
    /// <returns>Whether the message was refused.</returns>
    public bool RefuseForeign(IWorkerSession session, RunWorker worker, WorkerMessage message, string run)
    {
        var (fence, madeFor) = message switch
        {
            { FileOpened: { } opened } => (opened.Fence, opened.RunDigest),
            { Scores: { } scores } => (scores.Fence, scores.RunDigest),
            { LeaseEnded: { } ended } => (ended.Fence, ended.RunDigest),
            _ => (0UL, run),
        };
        if (madeFor == run)
            return false;
        if (message.Scores is { } refused)
            outbox.Send(session, Messages.ScoresStored(refused.Sequence));
        outbox.Send(session, Messages.Revoked(fence, "the report was made for another run"));
        if (worker.Holds(fence) is { } lease)
            Close(lease);
        return true;
    }

    public void Shrink(ulong fence, int end)
    {
        var lease = state.Leases[fence];
        state.Files[lease.File].Shrink(lease, end);
        outbox.Change(new LedgerChange.LeaseShrunk(fence, end));
        workers.Send(lease.WorkerId, Messages.Shrunk(lease));
    }

    /// <summary>Ends a lease of which nobody has to be told.</summary>
    public void Close(RunLease lease, LeaseEnd end = LeaseEnd.Revoked)
    {
        state.Remove(lease);
        RunInstruments.Ended(lease, end, state.Now);
        outbox.Change(new LedgerChange.LeaseClosed(lease.Fence));
    }

    /// <summary>Ends all that a worker holds.</summary>
    /// <param name="reason">Which it is told; null where it need not be told.</param>
    public void CloseAll(RunWorker worker, string? reason = null)
    {
        foreach (var lease in worker.Leases.ToList())
        {
            if (reason is null)
                Close(lease);
            else
                Revoke(lease, reason);
        }
    }

    /// <summary>The worker has vanished, perhaps because of one of its files.</summary>
    public void LoseAll(RunWorker worker)
    {
        foreach (var lease in worker.Leases.ToList())
            Lose(lease);
    }

    private void Lose(RunLease lease)
    {
        var file = state.Files[lease.File];
        // Where nothing else gets done either, it is the workers that are ill.
        if (!lease.MadeProgress && (file.LostInARow == 0 || state.Files.Vanishing.Count == state.Files.Open ||
            state.Progress.ElsewhereThan(file.Index) > file.LastLostAt))
            file.NoteLost(state.Now);
        Close(lease, LeaseEnd.Lost);
        deadly.NoteEnd(lease);
    }

    /// <summary>
    /// Ends the other lease on the same windows where their scores are all there. Its worker was not first, and that is
    /// nobody's fault.
    /// </summary>
    public void EndTwin(RunLease lease)
    {
        if (lease.Twin is { } twin && state.Files[twin.File].IncompleteIn(twin.Windows) == 0)
            Revoke(twin, "another worker was first");
    }

    /// <summary>Its shard has arrived.</summary>
    public void Deliver(RunLease lease, TimeSpan now)
    {
        EndTwin(lease);
        Close(lease, LeaseEnd.Completed);
        var size = state.Files[lease.File].Record.Size;
        if (!state.Workers.TryGetValue(lease.WorkerId, out var worker))
            return;
        worker.Paces.Building.Note(size, Math.Max(1e-3, (now - lease.BeganAt).TotalSeconds));
        worker.Health.NoteSuccess();
        worker.Health.NoteDone();
        state.Progress.Note(lease.File, now);
    }

    /// <summary>Others have done what workers failed at: these failures are their own.</summary>
    public void Refute(RunFile file, LeaseKind kind)
    {
        var refuted = file.FailedAttempts.Where(attempt => attempt.Kind == kind).ToList();
        file.Forget(attempt => attempt.Kind == kind);
        foreach (var attempt in refuted.DistinctBy(attempt => attempt.WorkerId))
        {
            if (state.Workers.TryGetValue(attempt.WorkerId, out var worker) && worker.Quarantine is null &&
                (kind == LeaseKind.Build || worker.Id != file.LastScorer) &&
                worker.Health.NoteRefuted(attempt) is { } reason)
                SetAside(worker, reason, attempt);
        }
    }

    /// <summary>
    /// Nothing has been done for it for too long. Where it is the worker's machine that hangs, the worker loses all that
    /// it holds, and is to end: a process whose device hangs does not come back.
    /// </summary>
    public void Stall(RunLease lease, TimeSpan now)
    {
        var worker = state.Workers[lease.WorkerId];
        var pause = NumberText.Duration(now - ProgressDeadlines.Since(lease, worker));
        var reason = $"nothing was done for {pause} while {ProgressDeadlines.Describe(lease)}";
        outbox.Tell(new RunEvent.LeaseStalled(state.Files[lease.File].Record.Name, worker.Name, reason));
        workers.Send(worker.Id, Messages.Revoked(lease.Fence, reason));
        Lose(lease);
        if (!ProgressDeadlines.IsOfItsMachine(lease.Stage))
            return;
        CloseAll(worker, reason);
        workers.Dismiss(worker, Messages.EndProcess(reason));
    }

    /// <summary>Its worker says that it has ended.</summary>
    public void End(RunWorker worker, LeaseEnded ended, TimeSpan now)
    {
        ended.Reason = MessageChecks.Clean(ended.Reason);
        // Not held: it was revoked while this message was on its way, or a build that has been delivered.
        if (worker.Holds(ended.Fence) is not { } lease)
            return;
        switch (ended.Outcome)
        {
            case LeaseEnded.Types.Outcome.Completed:
                Complete(lease, now);
                break;
            case LeaseEnded.Types.Outcome.Returned:
                Close(lease, LeaseEnd.Returned);
                break;
            default:
                // A worker that says the file is bad may be the one that cannot read it.
                Fail(lease, ended.Reason.Length > 0 ? ended.Reason : "no reason given", now, FaultOf(ended));
                break;
        }
    }

    private static LeaseEnded.Types.Fault FaultOf(LeaseEnded ended) =>
        ended.Outcome == LeaseEnded.Types.Outcome.FileBad ? LeaseEnded.Types.Fault.File : ended.Fault;

    /// <summary>The worker could not do it; the lease ends and the file waits for another.</summary>
    public void Fail(
        RunLease lease, string reason, TimeSpan now,
        LeaseEnded.Types.Fault fault = LeaseEnded.Types.Fault.Unspecified)
    {
        var file = state.Files[lease.File];
        var worker = state.Workers.GetValueOrDefault(lease.WorkerId);
        Revoke(lease, reason, LeaseEnd.Failed);
        worker?.NoteFailed();
        var attempt = new FailedAttempt(lease.WorkerId, worker?.Name ?? lease.WorkerId, reason)
        {
            Kind = lease.Kind,
            Fault = fault,
            Machine = worker?.Machine ?? lease.WorkerId,
            WasProven = worker?.Health.HasSucceeded == true,
            At = now,
        };
        Charge(file, attempt, now);
        Judge(file, worker, attempt);
    }

    /// <summary>Notes a failed attempt on a file, which then waits a while.</summary>
    public void Charge(RunFile file, FailedAttempt attempt, TimeSpan now)
    {
        var wait = state.Options.RetryDelay * Math.Pow(2, Math.Min(file.FailedAttempts.Count, 30));
        file.Add(attempt, now + (wait < state.Options.LongestRetryDelay ? wait : state.Options.LongestRetryDelay));
        outbox.Change(new LedgerChange.AttemptFailed(attempt.ToRecord(file.Index)));
        outbox.Tell(new RunEvent.AttemptFailed(file.Record.Name, attempt.Worker, attempt.Reason)
        {
            OutputLacks = attempt.Fault == LeaseEnded.Types.Fault.OutputDisk ? file.Record.Size : null,
        });
    }

    /// <summary>Is it the file or the worker?</summary>
    private void Judge(RunFile file, RunWorker? worker, FailedAttempt attempt)
    {
        if (file.IsOpen && FileVerdict.Of(state, file) is { } verdict)
        {
            foreach (var other in state.Workers.Values)
                other.Health.Absolve(file.Index);
            FailFile(file, verdict);
        }
        else if (worker is { Quarantine: null } && worker.Health.NoteFailure(file.Index, attempt) is { } reason)
            SetAside(worker, reason, attempt);
    }

    private void SetAside(RunWorker worker, string reason, FailedAttempt last)
    {
        CloseAll(worker, $"this worker is quarantined: {reason}");
        quarantine.Put(worker, reason, last.Fault == LeaseEnded.Types.Fault.Machine);
    }

    /// <summary>Gives a file up, and ends all work on it.</summary>
    public void FailFile(RunFile file, string reason)
    {
        RevokeAll(file, "the file has failed");
        file.Fail(reason);
        outbox.Change(new LedgerChange.FileFailed(file.Index, reason));
        outbox.Tell(new RunEvent.FileFailed(file.Record.Name, reason));
    }

    /// <summary>Ends all work on a file.</summary>
    public void RevokeAll(RunFile file, string reason)
    {
        foreach (var lease in file.Leases.ToList())
            Revoke(lease, reason);
    }

    private void Complete(RunLease lease, TimeSpan now)
    {
        var file = state.Files[lease.File];
        if (lease.Kind == LeaseKind.Build)
            Fail(lease, "it said the shard was done without handing it over", now);
        else if (lease.Probe is null && file.IncompleteIn(lease.Windows) is > 0 and var missing)
            Fail(lease, $"it said it was done, but scores of {NumberText.Count(missing, "window")} are missing", now);
        else if (lease.Probe is not null && !lease.MadeProgress)
            Fail(lease, "it said it was done, but the scores are missing", now);
        else
        {
            EndTwin(lease);
            Close(lease, LeaseEnd.Completed);
            state.Workers.GetValueOrDefault(lease.WorkerId)?.Health.NoteDone();
        }
    }

    private void Revoke(RunLease lease, string reason, LeaseEnd end = LeaseEnd.Revoked)
    {
        workers.Send(lease.WorkerId, Messages.Revoked(lease.Fence, reason));
        Close(lease, end);
    }
}
