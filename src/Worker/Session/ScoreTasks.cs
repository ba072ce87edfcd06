using FineWebTorch.Protos.V1;
using FineWebTorch.Worker.Pipeline;

namespace FineWebTorch.Worker.Session;

/// <summary>Turns a lease into a task of the pipeline.</summary>
internal static class ScoreTasks
{
    /// <param name="endWindow">The lease's end as it is now.</param>
    /// <param name="rows">Rows in the file.</param>
    public static ScoreTask Create(
        ScoreLease lease, RunDescription run, int endWindow, long rows, IDataFormat format, string path) => new()
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
            Open = firstRow => format.Open(path, run.TextColumn, firstRow),
        };
}
