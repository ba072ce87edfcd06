using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Scheduling;
using Stage = FineWebTorch.Protos.V1.LeaseProgress.Types.Stage;

namespace FineWebTorch.Coordinator.Tests.Running;

/// <summary>
/// What queues and counts must be, found by looking at all files, workers and leases: what they are kept for not having
/// to do.
/// </summary>
internal static class NaiveQueues
{
    public static void Check(RunState state, ILedger ledger)
    {
        CheckFiles(state);
        CheckCounts(state.Files, ledger);
        CheckWorkers(state);
        CheckLeases(state);
        CheckNothingIsLeft(state);
    }

    private static void CheckFiles(RunState state)
    {
        var queues = state.Files.Queues;
        var open = state.Files.Held.Where(file => file.Stage is FileStage.Scoring or FileStage.Scored).ToList();
        bool IsDoomed(RunFile file) => file.LostInARow >= state.Options.MaxLostInARow;
        bool Waits(RunFile file) => file.FailedAttempts.Count > 0 && file.RetryAt > state.Now;
        Assert.Equal(Indices(open.Where(IsDoomed)), queues.ToFail);
        open.RemoveAll(IsDoomed);
        Assert.Equal(
            Indices(open.Where(file => file.Stage == FileStage.Scored && !file.IsDigestKnown &&
                !file.DigestUnderWay && !Waits(file))),
            queues.ToDigest);
        var buildable = open.Where(file => file.Stage == FileStage.Scored && file.IsDigestKnown &&
            file.Leases.Count == 0 && !Waits(file)).ToList();
        Assert.Equal(Indices(buildable), queues.ToBuild.All);
        foreach (var own in buildable.Where(file => file.LastScorer is not null).GroupBy(file => file.LastScorer!))
            Assert.Equal(Indices(own), queues.ToBuild.LastScoredBy(own.Key).Order());
        Assert.Equal(
            Indices(open.Where(file => file.Stage == FileStage.Scoring && !Waits(file) && FreeWindows(file).Any())),
            queues.ToScore.Order());
        Assert.All(open, file => Assert.Equal(
            FreeWindows(file).Count(window => !file.IsProbed(window)), file.UnleasedWindows));
        Assert.Equal(
            Indices(state.Files.Held.Where(file => file.IsOpen && file.FailedAttempts.Count > 0)), state.Files.Troubled);
        Assert.Equal(
            Indices(state.Files.Held.Where(file => file.IsOpen && file.LostInARow > 0)), state.Files.Vanishing);
    }

    private static void CheckCounts(RunFiles files, ILedger ledger)
    {
        var held = files.Held.ToList();
        foreach (var stage in Enum.GetValues<FileStage>())
            Assert.Equal(Enumerable.Range(0, files.Count).Count(file => files.StageOf(file) == stage), files.CountOf(stage));
        Assert.DoesNotContain(held, file => file.Stage == FileStage.Done);
        Assert.Equal(held.All(file => !file.IsOpen), files.AllEnded);
        Assert.Equal(held.Count(file => file.Leases.Count > 0), files.InWork);
        var done = ledger.ReadFiles().Where(file => files.IsDone(file.Record.Index)).ToList();
        Assert.All(done, file => Assert.True(file.IsDone));
        Assert.Equal(
            held.Where(file => file.Stage != FileStage.Failed).Sum(file => file.Rows) +
            done.Sum(file => file.Totals?.Rows ?? 0), files.Rows);
        var failed = held.Where(file => file.Stage == FileStage.Failed).ToList();
        Assert.Equal(failed.Sum(file => file.Totals.Rows), files.TotalsOfFailed.Rows);
        Assert.Equal(failed.Sum(file => file.Totals.Kept), files.TotalsOfFailed.Kept);
    }

    private static void CheckWorkers(RunState state)
    {
        var workers = state.Workers.Values;
        Assert.Equal(
            workers.Where(worker => worker.IsWaiting)
                .OrderBy(worker => worker.Leases.Any(lease => lease.Kind == LeaseKind.Score))
                .ThenBy(worker => worker.Leases.Count).ThenBy(worker => worker.WaitingSince),
            state.Waiting);
        var idle = workers.Where(worker => worker.IsWaiting &&
            worker.Leases.All(lease => lease.Kind != LeaseKind.Score)).ToList();
        Assert.Equal(idle.Count, state.Idle.Count);
        Assert.All(Enumerable.Range(0, state.Files.Count), file => Assert.Equal(
            idle.Where(worker => worker.Copy == file).OrderBy(worker => worker.Id),
            state.Idle.WithCopy(file).OrderBy(worker => worker.Id)));
        Assert.Equal(workers.Count(worker => worker.Connected), state.ConnectedWorkers);
        Assert.Equal(
            workers.Where(worker => worker.Connected && worker.Quarantine is null).Select(worker => worker.Id).Order(),
            state.AbleWorkers.Select(worker => worker.Id).Order());
        Assert.DoesNotContain(
            workers, worker => state.Now - worker.LastHeard >= state.Options.HeartbeatTimeout);
        CheckTwins(state);
        Assert.Equal(
            state.Leases.Values.OrderBy(lease => lease.Fence),
            workers.SelectMany(worker => worker.Leases).OrderBy(lease => lease.Fence));
    }

    /// <summary>Promise (A): two leases at most on the same work, of two workers, each the other's twin.</summary>
    private static void CheckTwins(RunState state)
    {
        foreach (var lease in state.Leases.Values)
        {
            var others = state.Files[lease.File].Leases.Where(other => other != lease &&
                (lease.Kind == LeaseKind.Build || other.Windows.Overlaps(lease.Windows))).ToList();
            Assert.Equal(lease.Twin, others.SingleOrDefault());
            Assert.True(lease.Twin is not { } twin ||
                (twin.Twin == lease && twin.WorkerId != lease.WorkerId && lease.Probe is null));
        }
    }

    private static void CheckLeases(RunState state)
    {
        bool IsQueued(RunLease lease) => lease is { MadeProgress: false, Stage: not Stage.Scoring } &&
            lease.ReadingWindow == lease.Windows.First &&
            state.Workers[lease.WorkerId].Leases.First(one => one.Kind == LeaseKind.Score) != lease;
        int Untouched(RunLease lease) => lease.Probe is not null || lease.Twin is not null ? 0 :
            Enumerable.Range(0, state.Files[lease.File].Windows).Count(window =>
                lease.Windows.Contains(window) && window >= lease.ReadingWindow + (IsQueued(lease) ? 0 : 1) &&
                !state.Files[lease.File].IsComplete(window));
        Assert.Equal(
            state.Leases.Values.Where(lease => lease.Kind == LeaseKind.Score && Untouched(lease) > 0 &&
                    !state.Shareable.Deferred.ContainsKey(lease))
                .OrderByDescending(lease =>
                    Untouched(lease) / Math.Max(1e-3, state.Workers[lease.WorkerId].Rate))
                .ThenBy(lease => lease.Fence),
            state.Shareable.Ready);
        Assert.All(state.Shareable.Deferred, deferred => Assert.True(
            Untouched(deferred.Key) > 0 && deferred.Value <= state.Now + TimeSpan.FromSeconds(1)));
    }

    /// <summary>Nobody waits who could be given something: by promise (B) of <see cref="Planner"/>.</summary>
    private static void CheckNothingIsLeft(RunState state)
    {
        if (state.Draining)
            return;
        var free = state.Files.Held.Where(file =>
            file.Stage == FileStage.Scoring && FreeWindows(file).Any() ||
            file is { Stage: FileStage.Scored, IsDigestKnown: true, Leases.Count: 0 } && !state.BuildsWait);
        Assert.DoesNotContain(
            free, file => state.Waiting.Any(worker => Eligibility.MayHave(state, file, worker)));
        // What is not worth sharing now is looked at again in a while.
        if (state.Idle.Count > 0)
            Assert.Empty(state.Shareable.Ready);
    }

    private static IEnumerable<int> FreeWindows(RunFile file) => Enumerable.Range(0, file.Windows)
        .Where(window => !file.IsComplete(window) && !file.Leases.Any(lease => lease.Windows.Contains(window)));

    private static IEnumerable<int> Indices(IEnumerable<RunFile> files) => files.Select(file => file.Index).Order();
}
