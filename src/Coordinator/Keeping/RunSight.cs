using System.Text.Json;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Console;
using FineWebTorch.Coordinator.Disk;

namespace FineWebTorch.Coordinator.Keeping;

/// <summary>What those who keep workers at work need to know of the run, from the files in its folder.</summary>
/// <param name="Progress">Grows while anything gets done; 0 while nothing is known.</param>
internal readonly record struct RunSight(RunStage Stage, long Progress)
{
    public static RunSight Of(string runFolder)
    {
        if (StateOf(runFolder) is "finished" or "publishing")
            return new RunSight(RunStage.Over, 0);
        if (!RunLock.IsTaken(runFolder))
            return new RunSight(RunStage.Away, 0);
        if (ProgressFile.Read(runFolder)?.Snapshot is not { } snapshot)
            return new RunSight(RunStage.Working, 0);
        var isEnding = snapshot.FilesDone + snapshot.FilesFailed >= snapshot.Files;
        return new RunSight(isEnding ? RunStage.Ending : RunStage.Working, snapshot.RowsComputed + snapshot.FilesDone)
        {
            IsPaused = snapshot.Paused,
        };
    }

    /// <summary>By a person: nothing gets done, and nobody is to blame.</summary>
    public bool IsPaused { get; init; }

    /// <exception cref="UserErrorException">There is nothing for workers to do.</exception>
    public static void DemandWork(string runFolder)
    {
        var stage = Of(runFolder).Stage;
        if (stage != RunStage.Working)
            throw new UserErrorException(stage is RunStage.Over or RunStage.Ending
                ? $"{runFolder}: the run is over, there is nothing for workers to do"
                : $"{runFolder}: no coordinator works on this run; start it first, with --listen 0.0.0.0:5090");
    }

    /// <summary>Of its last session; null while one works, for the file is removed at its start.</summary>
    private static string? StateOf(string runFolder)
    {
        try
        {
            using var summary = JsonDocument.Parse(File.ReadAllBytes(RunPlaces.SummaryOf(runFolder)));
            return summary.RootElement.TryGetProperty("state", out var state) ? state.GetString() : null;
        }
        catch (Exception unreadable) when (
            unreadable is IOException or UnauthorizedAccessException or JsonException or InvalidOperationException)
        {
            return null;
        }
    }
}

internal enum RunStage
{
    /// <summary>Workers have something to do.</summary>
    Working,

    /// <summary>Nothing is left to be given out; the end will be noted any moment.</summary>
    Ending,
    Over,

    /// <summary>No coordinator works on the run, which is not over.</summary>
    Away,
}
