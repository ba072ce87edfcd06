namespace FineWebTorch.Coordinator.Scheduling;

/// <summary>
/// Decides what to do next; a pure function of the state and the time. The loop applies an action and asks again,
/// until there is nothing left to do.
/// </summary>
/// <remarks>
/// What holds for every sequence of actions: (A) no window is leased twice at one time; (B) a request stays open only
/// while no work can be given; (C) a shard is built only when every score of its file is stored; (D) every file ends
/// built or set aside as long as workers keep coming.
/// </remarks>
internal static class Planner
{
    public static PlanAction? Next(SchedulerState state, TimeSpan now) =>
        ExpireSilent(state, now) ?? SetAsideFailed(state) ?? ReadDigest(state) ?? Grant(state, now);

    private static PlanAction.Expire? ExpireSilent(SchedulerState state, TimeSpan now)
    {
        var silent = state.Workers.Values
            .FirstOrDefault(worker => now - worker.LastHeard >= state.Options.HeartbeatTimeout);
        return silent is null ? null : new PlanAction.Expire(silent.Id);
    }

    private static PlanAction.SetAside? SetAsideFailed(SchedulerState state)
    {
        foreach (var file in state.Files)
        {
            if (!file.IsOpen || file.Stage == FileStage.Committing)
                continue;
            if (file.Failures.Count >= state.Options.MaxFailures)
                return new PlanAction.SetAside(file.Index, FailureReason(file));
            if (file.LostInARow >= state.Options.MaxLostInARow)
                return new PlanAction.SetAside(
                    file.Index, $"{file.LostInARow} workers in a row vanished while they worked on it");
        }

        return null;
    }

    private static string FailureReason(FileState file)
    {
        var workers = file.Failures.Select(failure => failure.WorkerId).Distinct(StringComparer.Ordinal).Count();
        var where = workers == file.Failures.Count
            ? $"failed on {workers} workers"
            : $"failed {file.Failures.Count} times on {workers} worker{(workers == 1 ? "" : "s")}";
        return $"{where}; the last, {file.Failures[^1].Worker}, said: {file.Failures[^1].Reason}";
    }

    private static PlanAction.ReadDigest? ReadDigest(SchedulerState state)
    {
        var file = state.Files.FirstOrDefault(
            file => file is { Stage: FileStage.Scored, DigestKnown: false, DigestUnderWay: false });
        return file is null ? null : new PlanAction.ReadDigest(file.Index);
    }

    private static PlanAction? Grant(SchedulerState state, TimeSpan now)
    {
        if (state.Draining)
            return null;
        // Who holds nothing comes first: the others only want to have their next piece in time.
        var waiting = state.Workers.Values
            .Where(worker => worker is { Connected: true, OpenRequests: > 0 })
            .OrderBy(worker => worker.HoldsScoreLease)
            .ThenBy(worker => worker.Leases.Count)
            .ThenBy(worker => worker.WaitingSince)
            .ToList();
        return waiting.Count == 0 ? null : GrantTo(state, now, waiting);
    }

    private static PlanAction? GrantTo(SchedulerState state, TimeSpan now, List<WorkerState> waiting) =>
        Build(state, now, waiting, file => worker => file.LastScorer == worker.Id) ??
        Build(state, now, waiting, _ => _ => true) ??
        (PlanAction?)Score(state, now, waiting) ??
        Steal(state, now, waiting);

    private static PlanAction.GrantBuild? Build(
        SchedulerState state, TimeSpan now, List<WorkerState> waiting, Func<FileState, Func<WorkerState, bool>> suits)
    {
        foreach (var file in state.Files)
        {
            if (file is not { Stage: FileStage.Scored, DigestKnown: true, Leases.Count: 0 })
                continue;
            var fits = suits(file);
            if (waiting.Find(worker => fits(worker) && MayHave(state, now, file, worker)) is { } builder)
                return new PlanAction.GrantBuild(builder.Id, file.Index);
        }

        return null;
    }

    private static PlanAction.GrantScore? Score(SchedulerState state, TimeSpan now, List<WorkerState> waiting)
    {
        foreach (var file in state.Files)
        {
            if (file.Stage != FileStage.Scoring || file.FirstUnleased() is not { } windows)
                continue;
            if (waiting.Find(worker => MayHave(state, now, file, worker)) is { } scorer)
                return new PlanAction.GrantScore(scorer.Id, file.Index, windows);
        }

        return null;
    }

    /// <summary>Shortens the lease that would end last, for a worker that has nothing to score.</summary>
    private static PlanAction.Shrink? Steal(SchedulerState state, TimeSpan now, List<WorkerState> waiting)
    {
        foreach (var thief in waiting.Where(worker => !worker.HoldsScoreLease))
        {
            var slowest = state.Leases.Values
                .Where(lease => lease.Kind == LeaseKind.Score && lease.WorkerId != thief.Id)
                .Where(lease => MayHave(state, now, state.Files[lease.File], thief))
                .Select(lease => (Lease: lease, Untouched: Untouched(state, lease)))
                .Where(candidate => candidate.Untouched > 0)
                .OrderByDescending(
                    candidate => candidate.Untouched / Math.Max(1e-3, state.Workers[candidate.Lease.WorkerId].Rate))
                .FirstOrDefault();
            if (slowest.Lease is { } lease)
                return new PlanAction.Shrink(lease.Fence, SplitPoint(state, lease, slowest.Untouched, thief));
        }

        return null;
    }

    private static int Untouched(SchedulerState state, LeaseState lease) =>
        state.Files[lease.File].IncompleteIn(UntouchedRange(lease));

    private static WindowRange UntouchedRange(LeaseState lease) => lease.Windows with
    {
        First = Math.Min(lease.Windows.End, Math.Max(lease.ReadingWindow + 1, lease.Windows.First)),
    };

    /// <summary>Shares the untouched windows in proportion to what both have shown to be able to do.</summary>
    private static int SplitPoint(SchedulerState state, LeaseState lease, int untouched, WorkerState thief)
    {
        var holder = state.Workers[lease.WorkerId];
        var share = (holder.Connected, holder.Rate, thief.Rate) switch
        {
            (false, _, _) => 1,
            (_, > 0, > 0) => thief.Rate / (holder.Rate + thief.Rate),
            _ => 0.5,
        };
        var taken = Math.Clamp((int)Math.Round(untouched * share), 1, untouched);
        var file = state.Files[lease.File];
        var end = lease.Windows.End;
        while (taken > 0)
            taken -= file.IsComplete(--end) ? 0 : 1;
        return end;
    }

    /// <summary>A worker that failed on a file gets it again only when nobody else here could try.</summary>
    private static bool MayHave(SchedulerState state, TimeSpan now, FileState file, WorkerState worker) =>
        file.Failures.Count == 0 ||
        (now >= file.RetryAt && (!HasFailed(file, worker) ||
            state.Workers.Values.All(other => !other.Connected || HasFailed(file, other))));

    private static bool HasFailed(FileState file, WorkerState worker) =>
        file.Failures.Exists(failure => failure.WorkerId == worker.Id);
}
