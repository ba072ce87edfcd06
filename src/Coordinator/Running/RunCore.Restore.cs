using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Scheduling;

namespace FineWebTorch.Coordinator.Running;

internal sealed partial class RunCore
{
    private void Restore(LedgerContents contents)
    {
        foreach (var file in _files)
        {
            file.State.DigestKnown = file.Record.Sha256 is not null;
            if (file.Record.SetAside is not null)
                file.State.Stage = FileStage.SetAside;
        }

        foreach (var window in contents.Windows)
        {
            _files[window.File].State.MarkComplete(window.Window);
            _files[window.File].Totals.Add(window);
            _totals.Add(window);
        }

        foreach (var batch in contents.Batches)
            Count(_files[batch.File], batch);
        foreach (var failure in contents.Failures)
            _files[failure.File].State.Failures.Add(new FileFailure(failure.WorkerId, failure.Worker, failure.Reason));
        foreach (var shard in contents.Shards)
        {
            _files[shard.File].Shard = shard;
            _files[shard.File].State.Stage = shard.Done ? FileStage.Done : FileStage.Committing;
        }

        RestoreLeases(contents.Leases);
    }

    private void RestoreLeases(IReadOnlyList<LeaseRecord> leases)
    {
        foreach (var lease in leases)
        {
            _awaited.Add(lease.WorkerId);
            _state.Worker(lease.WorkerId, TimeSpan.Zero);
            _state.Add(new LeaseState(lease.Fence, lease.Kind, lease.File, lease.Windows, lease.WorkerId));
        }
    }
}
