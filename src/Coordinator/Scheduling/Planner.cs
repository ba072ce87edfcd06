using FineWebTorch.Common;
using FineWebTorch.Coordinator.Ledger;

namespace FineWebTorch.Coordinator.Scheduling;

/// <summary>
/// Decides what to do next by the state and the time. The loop applies an action and asks again, until there is nothing
/// left to do. Looks only at what waits for a decision: see <see cref="FileQueues"/> and <see cref="WaitingWorkers"/>.
/// </summary>
/// <remarks>
/// What holds for every sequence of actions: (A) a window, and the shard of a file, is leased at
/// most twice at one time, to two workers: see <see cref="SecondLeases"/>; (B) a request stays open only
/// while no work can be given; (C) a shard is built only when every score of its file is stored; (D) every file ends
/// built or failed as long as workers keep coming.
/// </remarks>
internal static class Planner
{
    public static PlanAction? Next(RunState state, TimeSpan now)
    {
        state.Advance(now);
        return ExpireSilent(state) ?? EndStalled(state) ?? GiveUpFile(state) ?? ReadDigest(state) ?? Grant(state);
    }

    private static PlanAction.Expire? ExpireSilent(RunState state) =>
        state.FindSilent() is { } silent ? new PlanAction.Expire(silent.Id) : null;

    private static PlanAction.Stall? EndStalled(RunState state) =>
        state.FindStalled() is { } stalled ? new PlanAction.Stall(stalled.Fence) : null;

    private static PlanAction.FailFile? GiveUpFile(RunState state)
    {
        if (state.Files.Queues.ToFail.Count == 0)
            return null;
        var file = state.Files[state.Files.Queues.ToFail.Min];
        return new PlanAction.FailFile(
            file.Index, $"{NumberText.Count(file.LostInARow, "worker")} in a row vanished while they worked on it");
    }

    private static PlanAction.ReadDigest? ReadDigest(RunState state) => state.Files.Queues.ToDigest.Count > 0
        ? new PlanAction.ReadDigest(state.Files.Queues.ToDigest.Min)
        : null;

    private static PlanAction? Grant(RunState state) =>
        state.Draining || state.Paused || !state.IsSettled || state.Waiting.Count == 0
            ? null
            : Build(state) ?? (PlanAction?)Score(state) ?? Sharing.Next(state) ?? SecondLeases.Next(state);

    /// <summary>Whoever has scored a file last has it at hand.</summary>
    private static PlanAction.GrantBuild? Build(RunState state)
    {
        var files = state.Files.Queues.ToBuild;
        if (state.BuildsWait || files.All.Count == 0)
            return null;
        foreach (var worker in state.Waiting)
        {
            foreach (var index in files.LastScoredBy(worker.Id))
            {
                if (Eligibility.MayHave(state, state.Files[index], worker))
                    return new PlanAction.GrantBuild(worker.Id, index);
            }
        }

        return First(state, files.All) is (var builder, var file)
            ? new PlanAction.GrantBuild(builder.Id, file.Index)
            : null;
    }

    /// <summary>Who has opened a file that has windows left goes on with it.</summary>
    private static PlanAction.GrantScore? Score(RunState state)
    {
        var files = state.Files.Queues.ToScore;
        if (files.Count == 0)
            return null;
        var first = state.Waiting.First();
        var pair = first.Copy is { } copy && state.Files.Find(copy) is { } kept && files.Contains(kept) &&
            Eligibility.MayHave(state, kept, first)
                ? (first, kept)
                : First(state, files);
        return pair is (var scorer, var file)
            ? new PlanAction.GrantScore(scorer.Id, file.Index, file.FirstUnleased()!.Value)
            : null;
    }

    /// <summary>
    /// The first file that someone may have who waits, and the first who may have it, one with a copy before others.
    /// More than a few are looked at only where every waiting worker has failed on the files in front.
    /// </summary>
    private static (RunWorker Worker, RunFile File)? First(RunState state, IEnumerable<int> files)
    {
        foreach (var index in files)
        {
            var file = state.Files[index];
            foreach (var worker in state.Idle.WithCopy(index).Concat(state.Waiting))
            {
                if (Eligibility.MayHave(state, file, worker))
                    return (worker, file);
            }
        }

        return null;
    }
}

/// <summary>Something to do now, decided by <see cref="Planner"/>.</summary>
internal abstract record PlanAction
{
    private PlanAction()
    {
    }

    public sealed record GrantScore(string WorkerId, int File, WindowRange Windows) : PlanAction;

    public sealed record GrantBuild(string WorkerId, int File) : PlanAction;

    /// <summary>The windows of a lease from <paramref name="End"/> on go to another worker.</summary>
    public sealed record Share(ulong Fence, int End, string WorkerId) : PlanAction;

    /// <summary>The worker has been silent for too long.</summary>
    public sealed record Expire(string WorkerId) : PlanAction;

    /// <summary>Nothing has been done for a lease for too long.</summary>
    public sealed record Stall(ulong Fence) : PlanAction;

    public sealed record FailFile(int File, string Reason) : PlanAction;

    /// <summary>No worker told the file's digest, which its shard's metadata needs.</summary>
    public sealed record ReadDigest(int File) : PlanAction;
}
