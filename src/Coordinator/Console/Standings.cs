using FineWebTorch.Common;
using FineWebTorch.Coordinator.Running;

namespace FineWebTorch.Coordinator.Console;

/// <summary>How a run is, in a word, and why.</summary>
internal static class RunStanding
{
    public const string Running = "running", Finished = "finished", Standstill = "standstill", Paused = "paused",
        Settling = "settling";

    public static (string State, string? Text) Of(RunSnapshot run) => run switch
    {
        _ when run.FilesDone + run.FilesFailed == run.Files => (Finished, null),
        { Standstill: { } standstill } => (Standstill, standstill),
        { Paused: true } => (Paused, "by a person: no work is given out until the run is resumed"),
        { Settling: { Ticks: > 0 } wait } => (
            Settling, $"{NumberText.Duration(wait)} more for a better worker to choose precision and batches by"),
        _ => (Running, null),
    };
}

/// <summary>How a worker is, in a word.</summary>
internal static class WorkerState
{
    public const string Working = "working", Idle = "idle", Paused = "paused", Leaving = "leaving", Lost = "lost",
        Quarantined = "quarantined";

    /// <summary>Those that somebody may have to look after come first.</summary>
    public static IReadOnlyList<string> InOrder { get; } = [Quarantined, Lost, Leaving, Idle, Paused, Working];

    public static string Of(WorkerSnapshot worker, RunSnapshot run) => worker switch
    {
        { Quarantine: not null } => Quarantined,
        { Leaving: true } => Leaving,
        { Connected: false } => Lost,
        { Work.Count: > 0 } => Working,
        _ => run.Paused ? Paused : Idle,
    };
}
