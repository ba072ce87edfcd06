using FineWebTorch.Common;
using FineWebTorch.Coordinator.Ledger;
using Fault = FineWebTorch.Protos.V1.LeaseEnded.Types.Fault;

namespace FineWebTorch.Coordinator.Scheduling;

/// <summary>
/// Whether a file itself is at fault, by the attempts that came to nothing. Failures that are a machine's or a device's
/// never speak against it.
/// </summary>
internal static class FileVerdict
{
    /// <summary>Asked after every failed attempt on the file.</summary>
    /// <returns>Why the file fails; null where others may still do it.</returns>
    public static string? Of(RunState state, RunFile file) => SaidBad(state, file) ?? CouldNot(state, file);

    /// <summary>Two machines saw the same; where there is but one, it has looked twice.</summary>
    private static string? SaidBad(RunState state, RunFile file)
    {
        var bad = file.FailedAttempts.Where(attempt => attempt.Fault == Fault.File).ToList();
        if (bad.Count == 0)
            return null;
        var machines = bad.Select(attempt => attempt.Machine).Distinct(StringComparer.Ordinal).ToList();
        if (machines.Count > 1)
            return $"{bad[^1].Reason} (seen on {NumberText.Count(machines.Count, "machine")})";
        return bad.Count > 1 && state.AbleWorkers.All(worker => worker.Machine == machines[0])
            ? $"{bad[^1].Reason} (seen twice on {machines[0]}, the only machine here)"
            : null;
    }

    /// <summary>
    /// Healthy workers could not do it: they had got other things done, and meanwhile others went on well. Where such
    /// files alone are left, nobody can show that any more.
    /// </summary>
    private static string? CouldNot(RunState state, RunFile file)
    {
        var kind = KindOf(file);
        var attempts = file.FailedAttempts.Where(attempt => IsOpen(attempt, kind)).ToList();
        var most = state.Options.MaxFailedAttempts;
        if (attempts.Count < most)
            return null;
        return (attempts.Count(attempt => attempt.WasProven) >= most &&
                state.Progress.ElsewhereThan(file.Index) > attempts[0].At) ||
            (state.Files.Open == state.Files.Troubled.Count &&
                state.Files.Troubled.All(other => IsStuck(state.Files[other], most)))
            ? Describe(attempts)
            : null;
    }

    private static bool IsStuck(RunFile file, int most) =>
        file.Leases.Count == 0 && file.FailedAttempts.Count(attempt => IsOpen(attempt, KindOf(file))) >= most;

    private static LeaseKind KindOf(RunFile file) =>
        file.Stage == FileStage.Scoring ? LeaseKind.Score : LeaseKind.Build;

    private static bool IsOpen(FailedAttempt attempt, LeaseKind kind) =>
        attempt.Fault == Fault.Unspecified && attempt.Kind == kind;

    private static string Describe(List<FailedAttempt> attempts)
    {
        var workers = attempts.Select(attempt => attempt.WorkerId).Distinct(StringComparer.Ordinal).Count();
        var where = workers == attempts.Count
            ? $"failed on {NumberText.Count(workers, "worker")}"
            : $"failed {attempts.Count} times on {NumberText.Count(workers, "worker")}";
        return $"{where}; the last, {attempts[^1].Worker}, said: {attempts[^1].Reason}";
    }
}

/// <summary>When something got done last, and when elsewhere: whether the world is well apart from one file.</summary>
internal sealed class RecentProgress
{
    private static readonly TimeSpan Never = TimeSpan.MinValue;
    private (int File, TimeSpan At) _last = (-1, Never);
    private TimeSpan _before = Never;

    public TimeSpan Last => _last.At;

    public bool Any => _last.File >= 0;

    public void Note(int file, TimeSpan now)
    {
        if (file != _last.File)
            _before = _last.At;
        _last = (file, now);
    }

    /// <summary>The last time that something of another file got done.</summary>
    public TimeSpan ElsewhereThan(int file) => file == _last.File ? _before : _last.At;
}
