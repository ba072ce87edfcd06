using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Scheduling;
using FineWebTorch.Protos.V1;
using Google.Protobuf;

namespace FineWebTorch.Coordinator.Running;

internal sealed partial class RunCore
{
    private void GrantScore(PlanAction.GrantScore grant, TimeSpan now)
    {
        var worker = _state.Workers[grant.WorkerId];
        var file = _files[grant.File];
        var lease = _state.Grant(LeaseKind.Score, file.State, grant.Windows, worker, now);
        var message = new ScoreLease
        {
            Fence = lease.Fence,
            File = RunDescriptions.Describe(file.Record),
            FirstWindow = (uint)lease.Windows.First,
            EndWindow = (uint)lease.Windows.End,
        };
        for (var window = lease.Windows.First; window < lease.Windows.End; window++)
        {
            if (file.State.IsComplete(window))
                message.CompleteWindows.Add((uint)window);
            else if (file.Partial.TryGetValue(window, out var partial))
                message.PartialWindows.Add(new Protos.V1.PartialWindow
                {
                    Window = (uint)window,
                    StoredRows = ByteString.CopyFrom(partial.StoredRows()),
                });
        }

        Effects.Change(new LedgerChange.LeaseGranted(
            new LeaseRecord(lease.Fence, lease.Kind, lease.File, lease.Windows, worker.Id)));
        SendTo(worker.Id, new CoordinatorMessage { ScoreLease = message });
    }

    private void GrantBuild(PlanAction.GrantBuild grant, TimeSpan now)
    {
        var worker = _state.Workers[grant.WorkerId];
        var file = _files[grant.File];
        var lease = _state.Grant(LeaseKind.Build, file.State, default, worker, now);
        var message = new BuildLease
        {
            Fence = lease.Fence,
            File = RunDescriptions.Describe(file.Record),
            ShardName = file.Record.ShardName,
            StagingPath = _places.StagingOf(lease.Fence),
            Upload = HubPaths.IsHub(_identity.Output),
        };
        message.Metadata.Add(ShardMetadata.Create(_run, _identity, file.Record));
        Effects.Change(new LedgerChange.LeaseGranted(
            new LeaseRecord(lease.Fence, lease.Kind, lease.File, lease.Windows, worker.Id)));
        SendTo(worker.Id, new CoordinatorMessage { BuildLease = message });
    }

    private void Shrink(PlanAction.Shrink shrink)
    {
        var lease = _state.Leases[shrink.Fence];
        lease.ShrinkTo(shrink.End);
        Effects.Change(new LedgerChange.LeaseShrunk(lease.Fence, shrink.End));
        SendTo(lease.WorkerId, ShrunkMessage(lease));
    }

    private void End(WorkerState worker, LeaseEnded ended, TimeSpan now)
    {
        // Not held: it was revoked while this message was on its way, or a build that has been delivered.
        if (worker.Leases.Find(lease => lease.Fence == ended.Fence) is not { } lease)
            return;
        switch (ended.Outcome)
        {
            case LeaseEnded.Types.Outcome.Completed:
                Complete(lease, now);
                break;
            case LeaseEnded.Types.Outcome.Returned:
                Close(lease);
                break;
            case LeaseEnded.Types.Outcome.FileBad:
                Close(lease);
                SetAside(_files[lease.File], ended.Reason);
                break;
            default:
                Fail(lease, ended.Reason.Length > 0 ? ended.Reason : "no reason given", now);
                break;
        }
    }

    private void Complete(LeaseState lease, TimeSpan now)
    {
        var file = _files[lease.File].State;
        if (lease.Kind == LeaseKind.Build)
            Fail(lease, "it said the shard was done without handing it over", now);
        else if (file.IncompleteIn(lease.Windows) is > 0 and var missing)
            Fail(lease, $"it said it was done, but scores of {missing} windows are missing", now);
        else
            Close(lease);
    }

    private void Close(LeaseState lease)
    {
        _state.Release(lease);
        Effects.Change(new LedgerChange.LeaseClosed(lease.Fence));
    }

    /// <summary>Its worker has vanished, perhaps because of the file.</summary>
    private void Lose(LeaseState lease)
    {
        if (!lease.MadeProgress)
            _files[lease.File].State.LostInARow++;
        Close(lease);
    }

    /// <summary>The worker could not do it; the lease ends and the file waits for another.</summary>
    private void Fail(LeaseState lease, string reason, TimeSpan now)
    {
        var file = _files[lease.File];
        var name = WorkerOf(lease)?.Name ?? lease.WorkerId;
        Revoke(lease, reason);
        NoteFailure(file, lease.WorkerId, name, reason, now);
    }

    private void NoteFailure(FileProgress file, string workerId, string worker, string reason, TimeSpan now)
    {
        var failures = file.State.Failures;
        failures.Add(new FileFailure(workerId, worker, reason));
        file.State.RetryAt = now + (_state.Options.RetryDelay * Math.Pow(2, failures.Count - 1));
        Effects.Change(new LedgerChange.FileFailed(new FailureRecord(file.Record.Index, workerId, worker, reason)));
        Effects.Tell(new RunEvent.FileFailed(file.Record.Name, worker, reason));
    }

    private void SetAside(FileProgress file, string reason)
    {
        foreach (var lease in file.State.Leases.ToList())
            Revoke(lease, "the file has been set aside");
        file.State.Stage = FileStage.SetAside;
        file.Record = file.Record with { SetAside = reason };
        Effects.Change(new LedgerChange.FileSetAside(file.Record.Index, reason));
        Effects.Tell(new RunEvent.FileSetAside(file.Record.Name, reason));
    }

    private void Revoke(LeaseState lease, string reason)
    {
        SendTo(lease.WorkerId, RevokedMessage(lease.Fence, reason));
        Close(lease);
    }

    /// <summary>The lease, if this worker holds it; else it is told that it does not.</summary>
    private LeaseState? HeldLease(IWorkerSession session, WorkerState worker, ulong fence)
    {
        var lease = worker.Leases.Find(lease => lease.Fence == fence);
        if (lease is null)
            Effects.Send(session, RevokedMessage(fence, "the lease has ended or gone to another worker"));
        return lease;
    }

    private static CoordinatorMessage RevokedMessage(ulong fence, string reason) =>
        new() { LeaseRevoked = new LeaseRevoked { Fence = fence, Reason = reason } };

    private static CoordinatorMessage ShrunkMessage(LeaseState lease) =>
        new() { LeaseShrunk = new LeaseShrunk { Fence = lease.Fence, EndWindow = (uint)lease.Windows.End } };
}
