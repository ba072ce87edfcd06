using FineWebTorch.Common;
using FineWebTorch.Coordinator.Ledger;

namespace FineWebTorch.Coordinator.Scheduling;

/// <summary>
/// Decides what to do next; a pure function of the state and the time. The loop applies an action and asks again,
/// until there is nothing left to do.
/// </summary>
/// <remarks>
/// What holds for every sequence of actions: (A) no window is leased twice at one time; (B) a request stays open only
/// while no work can be given; (C) a shard is built only when every score of its file is stored; (D) every file ends
/// built or failed as long as workers keep coming.
/// </remarks>
internal static class Planner
{
    public static PlanAction? Next(RunState state, TimeSpan now) =>
        ExpireSilent(state, now) ?? GiveUpFile(state) ?? ReadDigest(state) ?? Grant(state, now);

    private static PlanAction.Expire? ExpireSilent(RunState state, TimeSpan now)
    {
        var silent = state.Workers.Values
            .FirstOrDefault(worker => now - worker.LastHeard >= state.Options.HeartbeatTimeout);
        return silent is null ? null : new PlanAction.Expire(silent.Id);
    }

    private static PlanAction.FailFile? GiveUpFile(RunState state)
    {
        foreach (var file in state.Files)
        {
            if (!file.IsOpen || file.Stage == FileStage.Committing)
                continue;
            if (file.FailedAttempts.Count >= state.Options.MaxFailedAttempts)
                return new PlanAction.FailFile(file.Index, FailureReason(file));
            if (file.LostInARow >= state.Options.MaxLostInARow)
                return new PlanAction.FailFile(
                    file.Index,
                    $"{NumberText.Count(file.LostInARow, "worker")} in a row vanished while they worked on it");
        }

        return null;
    }

    private static string FailureReason(RunFile file)
    {
        var workers = file.FailedAttempts.Select(failure => failure.WorkerId).Distinct(StringComparer.Ordinal).Count();
        var where = workers == file.FailedAttempts.Count
            ? $"failed on {NumberText.Count(workers, "worker")}"
            : $"failed {file.FailedAttempts.Count} times on {NumberText.Count(workers, "worker")}";
        return $"{where}; the last, {file.FailedAttempts[^1].Worker}, said: {file.FailedAttempts[^1].Reason}";
    }

    private static PlanAction.ReadDigest? ReadDigest(RunState state)
    {
        var file = state.Files.FirstOrDefault(
            file => file is { Stage: FileStage.Scored, IsDigestKnown: false, DigestUnderWay: false });
        return file is null ? null : new PlanAction.ReadDigest(file.Index);
    }

    private static PlanAction? Grant(RunState state, TimeSpan now)
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

    private static PlanAction? GrantTo(RunState state, TimeSpan now, List<RunWorker> waiting) =>
        Build(state, now, waiting, (file, worker) => file.LastScorer == worker.Id) ??
        Build(state, now, waiting, (_, _) => true) ??
        (PlanAction?)Score(state, now, waiting) ??
        Steal(state, now, waiting);

    private static PlanAction.GrantBuild? Build(
        RunState state, TimeSpan now, List<RunWorker> waiting, Func<RunFile, RunWorker, bool> suits)
    {
        if (state.BuildsWait)
            return null;
        foreach (var file in state.Files)
        {
            if (file is not { Stage: FileStage.Scored, IsDigestKnown: true, Leases.Count: 0 })
                continue;
            if (waiting.Find(worker => suits(file, worker) && MayHave(state, now, file, worker)) is { } builder)
                return new PlanAction.GrantBuild(builder.Id, file.Index);
        }

        return null;
    }

    private static PlanAction.GrantScore? Score(RunState state, TimeSpan now, List<RunWorker> waiting)
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
    private static PlanAction.Shrink? Steal(RunState state, TimeSpan now, List<RunWorker> waiting)
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

    private static int Untouched(RunState state, RunLease lease) =>
        state.Files[lease.File].IncompleteIn(UntouchedRange(lease));

    private static WindowRange UntouchedRange(RunLease lease) => lease.Windows with
    {
        First = Math.Min(lease.Windows.End, Math.Max(lease.ReadingWindow + 1, lease.Windows.First)),
    };

    /// <summary>Shares the untouched windows in proportion to what both have shown to be able to do.</summary>
    private static int SplitPoint(RunState state, RunLease lease, int untouched, RunWorker thief)
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
    private static bool MayHave(RunState state, TimeSpan now, RunFile file, RunWorker worker) =>
        file.FailedAttempts.Count == 0 ||
        (now >= file.RetryAt && (!HasFailed(file, worker) ||
            state.Workers.Values.All(other => !other.Connected || HasFailed(file, other))));

    private static bool HasFailed(RunFile file, RunWorker worker) =>
        file.FailedAttempts.Exists(failure => failure.WorkerId == worker.Id);
}

/// <summary>Something to do now, decided by <see cref="Planner"/>.</summary>
internal abstract record PlanAction
{
    private PlanAction()
    {
    }

    public sealed record GrantScore(string WorkerId, int File, WindowRange Windows) : PlanAction;

    public sealed record GrantBuild(string WorkerId, int File) : PlanAction;

    /// <summary>The windows from <paramref name="End"/> on can be leased to someone else.</summary>
    public sealed record Shrink(ulong Fence, int End) : PlanAction;

    /// <summary>The worker has been silent for too long.</summary>
    public sealed record Expire(string WorkerId) : PlanAction;

    public sealed record FailFile(int File, string Reason) : PlanAction;

    /// <summary>No worker told the file's digest, which its shard's metadata needs.</summary>
    public sealed record ReadDigest(int File) : PlanAction;
}
