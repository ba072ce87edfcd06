using FineWebTorch.Coordinator.Console;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Coordinator.Scheduling;

namespace FineWebTorch.Coordinator.Web;

/// <summary>How a run stands, as the page is told each second: sums alone, however many files and workers there are.
/// </summary>
internal static class PageSnapshot
{
    /// <param name="lastEvent">The number of the last event.</param>
    public static object Of(RunProgress progress, DateTimeOffset now, long lastEvent)
    {
        var (run, rates) = progress;
        var (state, stateText) = RunStanding.Of(run);
        return new
        {
            Time = now,
            ElapsedSeconds = Round(run.Elapsed.TotalSeconds),
            State = state,
            StateText = stateText,
            Files = FilesOf(run),
            Rows = new { All = run.Rows, Scored = run.RowsScored, run.Kept, run.Unscorable },
            run.Tokens,
            Bytes = new { All = run.Bytes, Done = run.BytesDone },
            DocumentsPerSecond = Round(rates.DocumentsPerSecond),
            TokensPerSecond = Round(rates.TokensPerSecond),
            RemainingSeconds = Round(rates.Remaining?.TotalSeconds),
            RemainingLow = Round(rates.RemainingLow?.TotalSeconds),
            RemainingHigh = Round(rates.RemainingHigh?.TotalSeconds),
            rates.Cost,
            Workers = WorkersOf(run),
            DeviceKind = rates.Fleet.Kind,
            DeviceUse = rates.Fleet.Device,
            MemoryUse = rates.Fleet.Memory,
            rates.Fleet.Busy,
            Phases = PhasesOf(rates.Fleet.Phases),
            rates.Fleet.Padding,
            Histogram = run.Scores,
            Safe = run.Safe?.Of(run.Files),
            LastEvent = lastEvent,
        };
    }

    private static object FilesOf(RunSnapshot run) => new
    {
        All = run.Files,
        Done = run.FilesDone,
        Failed = run.FilesFailed - run.FilesSkipped,
        Working = run.FilesWorking,
        Building = run.FilesBuilding,
        Waiting = run.FilesWaiting,
        Skipped = run.FilesSkipped,
    };

    private static object WorkersOf(RunSnapshot run)
    {
        var states = run.Workers.CountBy(worker => WorkerState.Of(worker, run)).ToDictionary();
        int Count(string state) => states.GetValueOrDefault(state);
        return new
        {
            All = run.Workers.Count,
            Connected = run.Workers.Count(worker => worker.Connected),
            Quarantined = Count(WorkerState.Quarantined),
            Leaving = Count(WorkerState.Leaving),
            Lost = Count(WorkerState.Lost),
        };
    }

    /// <param name="phases">Null while they are not known.</param>
    public static object? PhasesOf(DevicePhases? phases) => phases is null ? null : new
    {
        Device = Math.Round(phases.Busy, 3),
        Reader = Math.Round(phases.Reader, 3),
        Tokenizer = Math.Round(phases.Tokenizer, 3),
        Writer = Math.Round(phases.Writer, 3),
        Network = Math.Round(phases.Network, 3),
    };

    private static double? Round(double? value) => value is { } number ? Math.Round(number, 1) : null;
}
