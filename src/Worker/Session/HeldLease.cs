using FineWebTorch.Protos.V1;
using FineWebTorch.Worker.Documents;
using FineWebTorch.Worker.Pipeline;
using FineWebTorch.Worker.Progress;
using FineWebTorch.Worker.Storage;
using Microsoft.Extensions.Logging;

namespace FineWebTorch.Worker.Session;

/// <summary>A lease this worker works on.</summary>
/// <param name="run">Digest of the run it was given for.</param>
internal sealed class HeldLease(ulong fence, string run, InputFile file, bool isBuild) : IDisposable
{
    private readonly CancellationTokenSource _stop = new();

    public ulong Fence => fence;

    /// <summary>Every report made for it says so.</summary>
    public string Run => run;

    public InputFile File => file;

    /// <summary>How far the work on it has come.</summary>
    public LeaseMeter Meter { get; init; } = new();

    /// <summary>For a shard rather than for scores.</summary>
    public bool IsBuild => isBuild;

    /// <summary>Cancelled by <see cref="Stop"/>.</summary>
    public CancellationToken Stopped => _stop.Token;

    /// <summary>The input was asked for and has to be released.</summary>
    public bool UsesInput { get; set; }

    /// <summary>Set when the input is there.</summary>
    public ReadableInput? Input { get; set; }

    /// <summary>Set while the pipeline works on it.</summary>
    public ScoreTask? Task { get; set; }

    public int FirstWindow { get; init; }

    /// <summary>One past the last window; see <see cref="ScoreTask.Shrink"/>.</summary>
    public int EndWindow { get; set; }

    /// <summary>Documents scored for it.</summary>
    public long Documents { get; set; }

    /// <summary>Its documents have all been read.</summary>
    public bool IsRead { get; set; }

    /// <summary>The coordinator does not want to hear of it any more.</summary>
    public bool IsRevoked { get; set; }

    public bool IsStopped => _stop.IsCancellationRequested;

    /// <summary>What is logged until it is disposed of names the lease and its file.</summary>
    public IDisposable? Name(ILogger log) => log.BeginScope(
        new KeyValuePair<string, object?>[] { new("Lease", fence), new("File", file.Name) });

    /// <summary>Ends the work on it after the batch in flight.</summary>
    public void Stop()
    {
        _stop.Cancel();
        Task?.Stop();
    }

    public void Dispose()
    {
        _stop.Dispose();
        Task?.Dispose();
    }
}

/// <summary>Turns a lease into a task of the pipeline.</summary>
internal static class ScoreTasks
{
    /// <param name="endWindow">The lease's end as it is now.</param>
    /// <param name="rows">Rows in the file.</param>
    public static ScoreTask Create(
        ScoreLease lease, RunDescription run, int endWindow, long rows, IDataFormat format, ReadableInput input,
        LeaseMeter meter) => new()
        {
            Fence = lease.Fence,
            WindowRows = checked((int)run.WindowRows),
            TokenBudget = checked((int)run.TokenBudget),
            FirstWindow = (int)lease.FirstWindow,
            EndWindow = endWindow,
            EndRow = rows,
            RowLimit = run.RowsPerFile == 0 ? long.MaxValue : (long)run.RowsPerFile,
            Stored = new StoredScores(
                lease.CompleteWindows.Select(window => (int)window).ToHashSet(),
                lease.PartialWindows.ToDictionary(part => (int)part.Window, part => part.StoredRows.ToByteArray())),
            Probe = lease.Probe.IsEmpty ? null : lease.Probe.ToByteArray(),
            Open = firstRow =>
            {
                meter.Enter(LeaseProgress.Types.Stage.Scoring);
                return format.Open(input.Path, run.TextColumn, firstRow);
            },
            DemandUnchanged = input.DemandUnchanged,
            Progressed = meter.Step,
            Trace = meter.Trace,
        };
}
