using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Scheduling;

namespace FineWebTorch.Coordinator.Running;

internal sealed partial class RunCore
{
    private void Handle(RunCommand.FindBuild find)
    {
        BuildTicket? ticket = null;
        if (_state.Leases.TryGetValue(find.Fence, out var lease) && lease.Kind == LeaseKind.Build)
            ticket = new BuildTicket(_files[lease.File].Record, Shard: null);
        else if (_files.Find(file => file.Shard is { Done: true } shard && shard.Fence == find.Fence) is { } done)
            ticket = new BuildTicket(done.Record, done.Shard);
        Effects.After(() => find.Answer.TrySetResult(ticket));
    }

    private void Handle(RunCommand.PrepareShard prepare)
    {
        var shard = prepare.Shard;
        var file = _files[shard.File];
        var refusal = Refuse(shard);
        if (refusal is null)
        {
            Close(_state.Leases[shard.Fence]);
            file.State.Stage = FileStage.Committing;
            file.Shard = shard;
            Effects.Change(new LedgerChange.ShardPrepared(shard));
        }

        var ticket = new ShardTicket(
            refusal, new Dictionary<string, long>(file.Totals.RowsByClass), file.Totals.Tokens);
        Effects.After(() => prepare.Answer.TrySetResult(ticket));
    }

    /// <summary>The counts of the builder must be those of the ledger's scores.</summary>
    private string? Refuse(ShardRecord shard)
    {
        if (!_state.Leases.TryGetValue(shard.Fence, out var lease) || lease.Kind != LeaseKind.Build)
            return $"build lease {shard.Fence} has ended or gone to another worker";
        var totals = _files[lease.File].Totals;
        return (shard.RowsIn, shard.RowsKept, shard.RowsUnscorable) == (totals.Rows, totals.Kept, totals.Unscorable)
            ? null
            : $"the shard has {shard.RowsIn} rows in, {shard.RowsKept} kept, {shard.RowsUnscorable} unscorable where " +
                $"the scores give {totals.Rows}, {totals.Kept} and {totals.Unscorable}";
    }

    private void Handle(RunCommand.FinishShard finish, TimeSpan now)
    {
        var file = _files[finish.File];
        var shard = file.Shard!;
        if (finish.Error is { } error)
        {
            file.Shard = null;
            file.State.Stage = FileStage.Scored;
            Effects.Change(new LedgerChange.ShardDropped(finish.File));
            NoteFailure(
                file, workerId: "", "the coordinator", $"{shard.Name} could not be put in its place: {error}", now);
        }
        else
        {
            file.Shard = shard with { Done = true };
            file.State.Stage = FileStage.Done;
            Effects.Change(new LedgerChange.ShardDone(finish.File));
            Effects.Tell(new RunEvent.ShardDone(
                file.Record.Name, shard.Name, shard.RowsIn, shard.RowsKept, shard.RowsUnscorable));
        }

        Effects.After(() => finish.Answer.TrySetResult());
    }

    private void Handle(RunCommand.DigestRead digest)
    {
        var file = _files[digest.File];
        file.State.DigestUnderWay = false;
        if (file.State.DigestKnown || !file.State.IsOpen)
            return;
        if (digest.Sha256 is { } sha256)
            SetDigest(file, sha256);
        else
            SetAside(file, $"its digest could not be computed: {digest.Error}");
    }
}
