using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Scheduling;

namespace FineWebTorch.Coordinator.Running;

/// <summary>The shards of a run on their way from build lease to their places; see <see cref="RunCommand"/>.</summary>
internal sealed class ShardRegister(RunState state, WorkerRegistry workers, LeaseTable leases, Outbox outbox)
{
    /// <summary>Shards that a pull request holds.</summary>
    public int Committed { get; private set; }

    public void Restore(LedgerContents contents)
    {
        Committed = contents.Finished.Committed;
        foreach (var shard in contents.Shards)
            state.Files[shard.File].Take(shard);
    }

    public void Handle(RunCommand.FindBuild find)
    {
        if (workers.InSession(find.Session) is not { } worker)
        {
            outbox.After(() => find.Answer.TrySetException(new UnknownSessionException()));
            return;
        }

        var found = default(FoundBuild);
        if (worker.Holds(find.Fence) is { Kind: LeaseKind.Build } lease)
            found = new FoundBuild(TicketOf(state.Files[lease.File]), Done: null);
        else if (worker.FileOfGiven(find.Fence) is { } file && state.Files.StageOf(file) == FileStage.Done)
            found = new FoundBuild(Open: null, file);
        else if (worker.FileOfGiven(find.Fence) is { } other && state.Files[other] is { Shard: { } first } taken &&
            first.Fence != find.Fence)
            found = new FoundBuild(TicketOf(taken) with { Refusal = ShardTicket.Late }, Done: null);
        outbox.After(() => find.Answer.TrySetResult(found));
    }

    public void Handle(RunCommand.PrepareShard prepare, TimeSpan now)
    {
        var shard = prepare.Shard with { Built = state.TimeOfDay(now) };
        if (Refuse(shard) is { } refusal)
        {
            outbox.After(() => prepare.Answer.TrySetResult(new PreparedShard(Ticket: null, refusal)));
            return;
        }

        var file = state.Files[shard.File];
        var lease = state.Leases[shard.Fence];
        var second = lease.Twin?.Fence;
        leases.Deliver(lease, now);
        file.Take(shard);
        outbox.Change(new LedgerChange.ShardPrepared(shard));
        var ticket = TicketOf(file) with { Second = second, Trace = lease.Span?.Context ?? default };
        outbox.After(() => prepare.Answer.TrySetResult(new PreparedShard(ticket, Refusal: null)));
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
            if (change is LedgerChange.ShardsCommitted committed)
                Committed += committed.Files.Count;
        }

        outbox.After(() => note.Answer.TrySetResult());
    }

    private static ShardTicket TicketOf(RunFile file) => new(
        file.Record, Delivered: null, new Dictionary<string, long>(file.Totals.RowsByClass), file.Totals.Tokens)
    {
        Work = WorkRecord.InOrder(file.Work),
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
