using FineWebTorch.Coordinator.Console;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Coordinator.Scheduling;

namespace FineWebTorch.Coordinator.Tests.Console;

/// <summary>Runs to be drawn.</summary>
internal static class RunPictures
{
    /// <summary>In its middle, on GPUs, with all that there is to tell; the third worker fails.</summary>
    public static RunProgress Progress(int workers)
    {
        WorkerSnapshot[] all = [.. Enumerable.Range(0, workers).Select(Worker)];
        var snapshot = new RunSnapshot(
            TimeSpan.FromSeconds(4392), 250, 112, 1, 21_100_000, 9_980_304, 1_107_814, 12, 4_900_000_000, all,
            all.Count(worker => worker.Connected), 0)
        {
            FilesInWork = Math.Min(workers, 138),
            Scores = Scores(9_980_304),
            KeptFrom = 2.5,
        };
        return new RunProgress(snapshot, Rates(all)) { Past = Past() };
    }

    /// <summary>Names in other scripts, with pictures, with marks that others must not see.</summary>
    public static RunProgress Wide()
    {
        var run = Progress(1);
        WorkerSnapshot[] workers =
        [
            run.Snapshot.Workers[0] with { Name = "計算機/cuda:0", Device = "グラフィックス😀😀😀😀" },
            run.Snapshot.Workers[0] with
            {
                Id = "b",
                Name = "e\u0301a\u200d\u202eb\e[2J/cpu",
                Work = [new("資料/文文文文文文文文文文文文文文文文文文文文文文文文.parquet", false, 1, 3)],
            },
            run.Snapshot.Workers[0] with { Id = "c", Name = "❤️/cpu", Quarantine = "的\r\n設備" },
        ];
        return run with { Snapshot = run.Snapshot with { Workers = workers, Standstill = "沒有\u0085健康的" } };
    }

    /// <summary>No file, no worker, no score.</summary>
    public static RunProgress Nothing() => new(
        new RunSnapshot(TimeSpan.Zero, 0, 0, 0, 0, 0, 0, 0, 0, [], 0, 0),
        new RunRates(0, 0, null, new Dictionary<string, double>()));

    /// <summary>Numbers as long as they may get.</summary>
    public static RunProgress Vast()
    {
        var run = Progress(3);
        return run with
        {
            Snapshot = run.Snapshot with
            {
                Elapsed = TimeSpan.FromDays(400),
                Files = 1_000_000_000,
                FilesFailed = 77_777_777,
                Rows = long.MaxValue,
                RowsScored = long.MaxValue / 2,
                Kept = long.MaxValue / 3,
                Unscorable = 99_999_999_999,
                Safe = new SafeShards(999_999_999, "refs/pr/123456"),
                Scores = Scores(long.MaxValue / 2),
            },
            Rates = run.Rates with
            {
                DocumentsPerSecond = 1e15,
                TokensPerSecond = 1e18,
                Remaining = TimeSpan.FromDays(4000),
                RemainingLow = TimeSpan.FromDays(3000),
                Cost = new RunCost(1e12, 1e15, 1e15),
            },
            Past = new RunPast([1e15, 0, null, double.MaxValue], [0, 1, 2, null]),
        };
    }

    private static RunRates Rates(WorkerSnapshot[] workers) => new(
        5120.4, 2_488_512, TimeSpan.FromSeconds(2171), workers.ToDictionary(worker => worker.Id, RateOf))
    {
        RemainingLow = TimeSpan.FromSeconds(2115),
        RemainingHigh = TimeSpan.FromSeconds(2230),
        Cost = new RunCost(2.02, 2.46, 1.22),
        Fleet = FleetUse.Of(workers),
    };

    private static double RateOf(WorkerSnapshot worker) => worker.Connected ? 2560.2 : 0;

    private static WorkerSnapshot Worker(int index) => index == 2
        ? new WorkerSnapshot("2", "node-2/cuda:1", "NVIDIA A10G", Connected: true, 0, "")
        {
            DeviceKind = "cuda",
            Quarantine = "its device has failed: CUDA error: an illegal memory access was encountered",
        }
        : new WorkerSnapshot($"{index}", $"node-{1 + (index / 2)}/cuda:{index % 2}", "NVIDIA A10G", Connected: true, 100, "")
        {
            DeviceKind = "cuda",
            Phases = new DevicePhases(0.972, 0.012, 0.008, 0.001),
            Figures = new DeviceFigures(0.981 - (0.001 * (index % 7)), 9_800_000_000, 24_000_000_000, 212, 61),
            Work =
            [
                new($"data/CC-MAIN-2024-10/{112 + index:000}_00000.parquet", false, 12_288 + (index * 17_000 % 60_000), 84_400),
                .. index == 0 ? (WorkSnapshot[])[new("data/train-00111-of-00250.parquet", true, 84_400, 84_400)] : [],
            ],
        };

    /// <summary>A hump about 1 with a long tail, as FineWeb's are.</summary>
    private static ScoreHistogram Scores(long rows)
    {
        double[] shape = [.. Enumerable.Range(0, 51).Select(bin => bin * Math.Exp(-bin / 9.0))];
        return new ScoreHistogram([.. shape.Select(part => (long)(rows * (part / shape.Sum())))], []);
    }

    /// <summary>A start, a worker that is lost and another that comes.</summary>
    private static RunPast Past() => new(
        [.. Enumerable.Range(0, 200).Select(i => (double?)(5120 * Math.Min(1, i / 12.0) * (i is > 90 and < 120 ? 0.5 : 1) *
            (1 + (0.04 * Math.Sin(i)))))],
        [.. Enumerable.Range(0, 200).Select(i => i < 3 ? (double?)null : 0.96 + (0.03 * Math.Sin(i * 0.7)))]);
}
