namespace FineWebTorch.Coordinator.Scheduling;

/// <summary>Which worker may have which file.</summary>
internal static class Eligibility
{
    /// <summary>A worker that failed on a file gets it again only when nobody else here could try.</summary>
    public static bool MayHave(RunState state, RunFile file, RunWorker worker) =>
        file.FailedAttempts.Count == 0 ||
        (state.Now >= file.RetryAt && (!HasFailed(file, worker.Id) || EveryoneHasFailed(state, file)));

    private static bool HasFailed(RunFile file, string workerId) =>
        file.FailedAttempts.Any(failure => failure.WorkerId == workerId);

    private static bool EveryoneHasFailed(RunState state, RunFile file) => file.FailedAttempts
        .Select(failure => failure.WorkerId).Distinct(StringComparer.Ordinal)
        .Count(state.IsConnected) == state.ConnectedWorkers;
}
