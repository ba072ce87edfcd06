using FineWebTorch.Common;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Scheduling;
using FineWebTorch.Protos.V1;

namespace FineWebTorch.Coordinator.Running;

/// <summary>
/// Gives leases out and ends them. Whatever becomes of one goes to the ledger, and its worker is told; what failed
/// under it is charged to its file.
/// </summary>
internal sealed class LeaseTable(RunState state, WorkerRegistry workers, Outbox outbox, ulong lastFence)
{
    /// <summary>The highest fencing token that was ever given out in the run.</summary>
    public ulong LastFence { get; private set; } = lastFence;

    /// <summary>Takes over leases given out before this coordinator was started; their workers may come back.</summary>
    public void Restore(IReadOnlyList<LeaseRecord> leases)
    {
        foreach (var lease in leases)
        {
            workers.Await(lease.WorkerId);
            state.Add(new RunLease(lease.Fence, lease.Kind, lease.File, lease.Windows, lease.WorkerId));
        }
    }

    /// <summary>Answers one open request of a worker. The message to it is the caller's.</summary>
    public RunLease Grant(LeaseKind kind, RunFile file, WindowRange windows, RunWorker worker, TimeSpan now)
    {
        var lease = new RunLease(++LastFence, kind, file.Index, windows, worker.Id);
        worker.FirstLease ??= now;
        worker.Answer();
        state.Add(lease);
        outbox.Change(new LedgerChange.LeaseGranted(lease.Record));
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

    public void Shrink(ulong fence, int end)
    {
        var lease = state.Leases[fence];
        state.Files[lease.File].Shrink(lease, end);
        outbox.Change(new LedgerChange.LeaseShrunk(fence, end));
        workers.Send(lease.WorkerId, Messages.Shrunk(lease));
    }

    /// <summary>Ends a lease of which nobody has to be told.</summary>
    public void Close(RunLease lease)
    {
        state.Remove(lease);
        outbox.Change(new LedgerChange.LeaseClosed(lease.Fence));
    }

    /// <summary>Its worker has vanished, perhaps because of the file.</summary>
    public void Lose(RunLease lease)
    {
        if (!lease.MadeProgress)
            state.Files[lease.File].NoteLost();
        Close(lease);
    }

    /// <summary>Its worker says that it has ended.</summary>
    public void End(RunWorker worker, LeaseEnded ended, TimeSpan now)
    {
        // Not held: it was revoked while this message was on its way, or a build that has been delivered.
        if (worker.Holds(ended.Fence) is not { } lease)
            return;
        switch (ended.Outcome)
        {
            case LeaseEnded.Types.Outcome.Completed:
                Complete(lease, now);
                break;
            case LeaseEnded.Types.Outcome.Returned:
            case LeaseEnded.Types.Outcome.Failed when ended.Fault == LeaseEnded.Types.Fault.Device:
                Close(lease);
                break;
            case LeaseEnded.Types.Outcome.FileBad:
                Close(lease);
                FailFile(state.Files[lease.File], ended.Reason);
                break;
            case LeaseEnded.Types.Outcome.Failed when ended.Fault == LeaseEnded.Types.Fault.OutputDisk:
                Close(lease);
                outbox.Tell(new RunEvent.AttemptFailed(state.Files[lease.File].Record.Name, worker.Name, ended.Reason)
                {
                    OutputLacks = state.Files[lease.File].Record.Size,
                });
                break;
            default:
                Fail(lease, ended.Reason.Length > 0 ? ended.Reason : "no reason given", now);
                break;
        }
    }

    /// <summary>The worker could not do it; the lease ends and the file waits for another.</summary>
    public void Fail(RunLease lease, string reason, TimeSpan now)
    {
        var name = state.Workers.GetValueOrDefault(lease.WorkerId)?.Name ?? lease.WorkerId;
        Revoke(lease, reason);
        Charge(state.Files[lease.File], new FailedAttempt(lease.WorkerId, name, reason), now);
    }

    /// <summary>Notes a failed attempt on a file, which then waits a while.</summary>
    public void Charge(RunFile file, FailedAttempt attempt, TimeSpan now)
    {
        file.Add(attempt, now + (state.Options.RetryDelay * Math.Pow(2, file.FailedAttempts.Count)));
        outbox.Change(new LedgerChange.AttemptFailed(
            new FailureRecord(file.Index, attempt.WorkerId, attempt.Worker, attempt.Reason)));
        outbox.Tell(new RunEvent.AttemptFailed(file.Record.Name, attempt.Worker, attempt.Reason));
    }

    /// <summary>Gives a file up, and ends all work on it.</summary>
    public void FailFile(RunFile file, string reason)
    {
        foreach (var lease in file.Leases.ToList())
            Revoke(lease, "the file has failed");
        file.Fail(reason);
        outbox.Change(new LedgerChange.FileFailed(file.Index, reason));
        outbox.Tell(new RunEvent.FileFailed(file.Record.Name, reason));
    }

    private void Complete(RunLease lease, TimeSpan now)
    {
        var file = state.Files[lease.File];
        if (lease.Kind == LeaseKind.Build)
            Fail(lease, "it said the shard was done without handing it over", now);
        else if (file.IncompleteIn(lease.Windows) is > 0 and var missing)
            Fail(lease, $"it said it was done, but scores of {NumberText.Count(missing, "window")} are missing", now);
        else
            Close(lease);
    }

    private void Revoke(RunLease lease, string reason)
    {
        workers.Send(lease.WorkerId, Messages.Revoked(lease.Fence, reason));
        Close(lease);
    }
}
