using FineWebTorch.Bench.Fleet;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Scheduling;

namespace FineWebTorch.Coordinator.Tests.Running;

/// <summary>Many files and workers on a clock of their own: what bench/Scale measures, here for what becomes of it.</summary>
public sealed class FleetTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Fleet_ThatComesGoesFailsAndHangs_ScoresEveryRowOnceAndEnds()
    {
        var shape = new FleetShape(Files: 500, Windows: 50, WindowRows: 4, Batches: 2, Workers: 200, RowsPerSecond: 4)
        {
            FinishedFiles = 100,
            BetweenMishaps = TimeSpan.FromMinutes(1),
            Tick = TimeSpan.FromMilliseconds(500),
        };
        using var ledger = SqliteLedger.Open(_folder["ledger.sqlite"]);
        var run = new SimulatedRun(shape, ledger, seed: 1);

        for (var minute = 1; minute <= 60 && !run.Core.IsOver; minute++)
        {
            run.Run(TimeSpan.FromMinutes(minute));
            NaiveQueues.Check(run.Core.State, ledger);
        }

        Assert.Equal((500, 0), (run.Core.Files.CountOf(FileStage.Done), run.Core.Files.CountOf(FileStage.Failed)));
        Assert.Equal(shape.Rows, run.Core.Totals.Rows);
        Assert.All(run.Figures.Mishaps, mishap => Assert.True(mishap.Value > 0, $"nothing {mishap.Key}"));
        Assert.All(Enumerable.Range(0, shape.Files), file => Assert.Equal(
            Enumerable.Range(0, (int)shape.RowsOf(file)).Select(row => FleetShape.Score(file, row)),
            ledger.ReadScores(file).SelectMany(window => window.Scores)));
    }
}
