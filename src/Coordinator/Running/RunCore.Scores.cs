using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Scheduling;
using FineWebTorch.Protos.V1;

namespace FineWebTorch.Coordinator.Running;

internal sealed partial class RunCore
{
    private void Open(IWorkerSession session, WorkerState worker, FileOpened opened, TimeSpan now)
    {
        if (HeldLease(session, worker, opened.Fence) is not { } lease)
            return;
        var file = _files[lease.File];
        if (opened.Rows != (ulong)file.Record.Rows)
            Fail(lease, $"it sees {opened.Rows} rows where the coordinator found {file.Record.Rows}", now);
        else if (file.Record.Sha256 is { } known && known != opened.Sha256)
            Fail(lease, $"it sees other content (sha256 {opened.Sha256}) than was scored before ({known})", now);
        else if (file.Record.Sha256 is null && Digests.IsSha256(opened.Sha256))
            SetDigest(file, opened.Sha256);
    }

    private void SetDigest(FileProgress file, string sha256)
    {
        file.Record = file.Record with { Sha256 = sha256 };
        file.State.DigestKnown = true;
        Effects.Change(new LedgerChange.FileDigested(file.Record.Index, sha256));
    }

    private void Store(IWorkerSession session, WorkerState worker, ScoreReport report, TimeSpan now)
    {
        var stored = new CoordinatorMessage { ScoresStored = new ScoresStored { Sequence = report.Sequence } };
        Effects.Send(session, stored);
        if (HeldLease(session, worker, report.Fence) is not { Kind: LeaseKind.Score } lease)
            return;
        foreach (var scored in report.Batches)
        {
            if (ScoreReports.Check(scored, RowsOfWindow(lease.File, scored.Window)) is { } fault)
            {
                Fail(lease, $"its report was faulty: {fault}", now);
                return;
            }

            // Outside: given to another worker before this one had heard of it.
            if (lease.Windows.Contains((int)scored.Window))
                Store(lease, worker, ScoreReports.ToBatch(lease.File, scored), now);
        }
    }

    private void Store(LeaseState lease, WorkerState worker, BatchRecord batch, TimeSpan now)
    {
        var file = _files[lease.File];
        if (file.State.IsComplete(batch.Window) || PartialOf(file, batch.Window).WithoutStored(batch) is not { } fresh)
            return;
        lease.MadeProgress = true;
        file.State.LostInARow = 0;
        file.State.LastScorer = worker.Id;
        worker.RowsStored += fresh.Rows.Count;
        worker.TokensStored += fresh.Tokens;
        worker.LastStored = now;
        WarnOfMixedClasses(fresh.NumericClass);
        Count(file, fresh);
        var partial = file.Partial[fresh.Window];
        // Done with a window, it reads the next.
        lease.ReadingWindow = Math.Max(lease.ReadingWindow, fresh.Window + (partial.IsComplete ? 1 : 0));
        if (!partial.IsComplete)
        {
            Effects.Change(new LedgerChange.BatchStored(fresh));
            return;
        }

        file.Partial.Remove(fresh.Window);
        file.State.MarkComplete(fresh.Window);
        Effects.Change(new LedgerChange.WindowCompleted(
            partial.Summarize(lease.File, fresh.Window, _identity.Keep), partial.Scores));
    }

    private void Count(FileProgress file, BatchRecord batch)
    {
        PartialOf(file, batch.Window).Add(batch);
        file.Totals.Add(batch, _identity.Keep);
        _totals.Add(batch, _identity.Keep);
    }

    private PartialWindow PartialOf(FileProgress file, int window)
    {
        if (!file.Partial.TryGetValue(window, out var partial))
            file.Partial.Add(window, partial = new PartialWindow(RowsOfWindow(file.Record.Index, (uint)window)));
        return partial;
    }

    /// <summary>0 for a window that the file does not have.</summary>
    private int RowsOfWindow(int file, uint window)
    {
        var rows = _identity.RowsOf(_files[file].Record.Rows);
        return (int)Math.Clamp(rows - ((long)window * _identity.WindowRows), 0, _identity.WindowRows);
    }

    private void WarnOfMixedClasses(string numericClass)
    {
        if (_totals.RowsByClass.Count != 1 || _totals.RowsByClass.ContainsKey(numericClass))
            return;
        Effects.Tell(new RunEvent.Warning(
            $"scores now come from '{numericClass}' beside '{_totals.RowsByClass.Keys.First()}': the last bits of " +
            "scores depend on which worker computed them; manifests name the rows of each"));
    }

    private static void NoteProgress(WorkerState worker, Heartbeat heartbeat)
    {
        foreach (var progress in heartbeat.Leases)
        {
            if (worker.Leases.Find(lease => lease.Fence == progress.Fence) is { } lease)
                lease.ReadingWindow = Math.Max(lease.ReadingWindow, (int)progress.ReadingWindow);
        }

        worker.Statistics = heartbeat.Statistics ?? worker.Statistics;
    }
}
