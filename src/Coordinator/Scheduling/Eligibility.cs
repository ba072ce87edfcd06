using Fault = FineWebTorch.Protos.V1.LeaseEnded.Types.Fault;

namespace FineWebTorch.Coordinator.Scheduling;

/// <summary>Which worker may have which file.</summary>
internal static class Eligibility
{
    /// <summary>A worker that failed on a file gets it again only when nobody else here could try.</summary>
    public static bool MayHave(RunState state, RunFile file, RunWorker worker) => !HasProbed(state, file, worker) &&
        (file.FailedAttempts.Count == 0 ||
            (state.Now >= file.RetryAt &&
                (!HasTried(file, worker) || state.AbleWorkers.All(other => HasTried(file, other)))));

    /// <summary>Halves of a window that ends workers go to different ones, where another could have the file.</summary>
    private static bool HasProbed(RunState state, RunFile file, RunWorker worker) =>
        file.LastProber == worker.Id && file.IsProbedNext &&
        state.AbleWorkers.Any(other => other != worker && !HasTried(file, other));

    /// <summary>What one machine has found wrong with a file is for another to look at.</summary>
    private static bool HasTried(RunFile file, RunWorker worker) => file.FailedAttempts.Any(attempt =>
        attempt.WorkerId == worker.Id || (attempt.Fault == Fault.File && attempt.Machine == worker.Machine));
}
