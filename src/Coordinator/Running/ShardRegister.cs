using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Scheduling;

namespace FineWebTorch.Coordinator.Running;

/// <summary>The shards of a run on their way from build lease to their places; see <see cref="RunCommand"/>.</summary>
internal sealed class ShardRegister(RunState state, WorkerRegistry workers, LeaseTable leases, Outbox outbox)
{
    public void Restore(IReadOnlyList<ShardRecord> shards)
    {
        foreach (var shard in shards)
            state.Files[shard.File].Take(shard);
    }

    public void Handle(RunCommand.FindBuild find)
    {
        if (workers.InSession(find.Session) is not { } worker)
        {
            outbox.After(() => find.Answer.TrySetException(new UnknownSessionException()));
            return;
        }

        ShardTicket? ticket = null;
        if (worker.Holds(find.Fence) is { Kind: LeaseKind.Build } lease)
            ticket = TicketOf(state.Files[lease.File]);
        else if (worker.FileOfGiven(find.Fence) is { } file &&
            state.Files[file] is { Shard: { Done: true } shard } done && shard.Fence == find.Fence)
            ticket = TicketOf(done) with { Delivered = shard };
        outbox.After(() => find.Answer.TrySetResult(ticket));
    }

    public void Handle(RunCommand.PrepareShard prepare, TimeSpan now)
    {
        var shard = prepare.Shard with { Built = state.TimeOfDay(now) };
        var file = state.Files[shard.File];
        var refusal = Refuse(shard);
        if (refusal is null)
        {
            leases.Deliver(state.Leases[shard.Fence], now);
            file.Take(shard);
            outbox.Change(new LedgerChange.ShardPrepared(shard));
        }

        var ticket = TicketOf(file) with { Refusal = refusal };
        outbox.After(() => prepare.Answer.TrySetResult(ticket));
    }

    public void Handle(RunCommand.FinishShard finish)
    {
        var file = state.Files[finish.File];
        var shard = file.Shard!;
        if (finish.Error is { } error)
        {
            file.DropShard();
            outbox.Change(new LedgerChange.ShardDropped(finish.File));
            // Not the file's fault: the run stops where it happens again and again.
            outbox.Tell(new RunEvent.AttemptFailed(
                file.Record.Name, "the coordinator", $"{shard.Name} could not be put in its place: {error}"));
        }
        else
        {
            file.Take(shard with { Done = true });
            leases.Refute(file, LeaseKind.Build);
            outbox.Change(new LedgerChange.ShardDone(finish.File));
            outbox.Tell(new RunEvent.ShardDone(
                file.Record.Name, shard.Name, shard.RowsIn, shard.RowsKept, shard.RowsUnscorable));
        }

        outbox.After(() => finish.Answer.TrySetResult());
    }

    public void Handle(RunCommand.NotePublication note)
    {
        foreach (var change in note.Changes)
        {
            outbox.Change(change);
            if (change is not LedgerChange.ShardsCommitted committed)
                continue;
            foreach (var file in committed.Files.Select(file => state.Files[file]).Where(file => file.Shard is not null))
                file.Take(file.Shard! with { PullRequest = committed.PullRequest });
        }

        outbox.After(() => note.Answer.TrySetResult());
    }

    private static ShardTicket TicketOf(RunFile file) => new(
        file.Record, Delivered: null, new Dictionary<string, long>(file.Totals.RowsByClass), file.Totals.Tokens)
    {
        Work = [.. file.Work],
        Built = file.Shard?.Built ?? default,
    };

    /// <summary>The counts of the builder must be those of the ledger's scores.</summary>
    private string? Refuse(ShardRecord shard)
    {
        if (!state.Leases.TryGetValue(shard.Fence, out var lease) || lease.Kind != LeaseKind.Build)
            return $"build lease {shard.Fence} has ended or gone to another worker";
        var totals = state.Files[lease.File].Totals;
        return (shard.RowsIn, shard.RowsKept, shard.RowsUnscorable) == (totals.Rows, totals.Kept, totals.Unscorable)
            ? null
            : $"the shard has {shard.RowsIn} rows in, {shard.RowsKept} kept, {shard.RowsUnscorable} unscorable where " +
                $"the scores give {totals.Rows}, {totals.Kept} and {totals.Unscorable}";
    }
}
