using FineWebTorch.Bench.Fleet;
using FineWebTorch.Coordinator.Disk;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Options;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Coordinator.Scheduling;
using FineWebTorch.Model;

namespace FineWebTorch.Coordinator.Tests;

/// <summary>Runs to test with: windows of four rows.</summary>
internal static class Runs
{
    public const int WindowRows = 4;

    public static RunSpec Spec { get; } = FleetShape.PlainSpec with { WindowRows = WindowRows };

    public static ModelRecord Model { get; } = new(
        "a/model", "", "/model", new string('d', 64), [new ModelFileRecord("config.json", 3, new string('c', 64))]);

    public static RunRecord Run(RunSpec? spec = null) => new(
        "run-1", (spec ?? Spec).ToOptions(), Model, (spec ?? Spec).Dtype,
        (spec ?? Spec).TokenBudget, "0.1.0");

    /// <summary>Of a run of one file of which nothing is done; without its ledger.</summary>
    public static RunCore Core(RunRecord run)
    {
        using var folder = new TemporaryFolder();
        using var ledger = SqliteLedger.Open(folder["ledger.sqlite"]);
        ledger.Create(run, [File(0, 4)]);
        return new RunCore(
            ledger.Load()!, new RunPlaces("/run", "/out", "/out/.staging/run-1", "nonce"),
            new SchedulingOptions(TimeSpan.FromSeconds(30)));
    }

    public static FileRecord File(int index, long rows, string? path = null) => new(
        index, $"{index}.parquet", path ?? $"/in/{index}.parquet", 100 + index, 5, Sha256: null, rows,
        $"data/train-{index:00000}-of-00009.parquet", Failure: null);

    /// <summary>The score that every worker computes for a row; some are kept and some cannot be scored.</summary>
    public static float Score(int file, long row) =>
        row % 7 == 3 ? EduScore.Unscorable(UnscorableReason.NullText) : ((file * 1000) + row) % 5 + 0.125f;

    public static IEnumerable<float> Scores(int file, long rows) =>
        Enumerable.Range(0, (int)rows).Select(row => Score(file, row));
}
