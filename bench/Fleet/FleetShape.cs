using FineWebTorch.Common;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Options;
using FineWebTorch.Model;
using FineWebTorch.Protos.V1;
using Google.Protobuf;

namespace FineWebTorch.Bench.Fleet;

/// <summary>A run and the workers that do it.</summary>
/// <param name="Files">All have the same number of rows.</param>
/// <param name="Windows">Of a file.</param>
/// <param name="WindowRows">Of a window.</param>
/// <param name="Batches">Of a window; row r belongs to batch r mod so many.</param>
/// <param name="Workers">At most so many at a time.</param>
/// <param name="RowsPerSecond">Of a worker.</param>
internal sealed record FleetShape(
    int Files, int Windows, int WindowRows, int Batches, int Workers, double RowsPerSecond)
{
    /// <summary>So that a batch of a window of 16,384 rows keeps to the token budget.</summary>
    private const int TokensOfRow = 390;

    /// <summary>The first files have had their shards before; they have one window each.</summary>
    public int FinishedFiles { get; init; }

    /// <summary>How often something befalls a worker, on average.</summary>
    public TimeSpan BetweenMishaps { get; init; } = TimeSpan.FromMinutes(20);

    /// <summary>In this time all workers have come.</summary>
    public TimeSpan Arrival { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>What comes in this time is handled together.</summary>
    public TimeSpan Tick { get; init; } = TimeSpan.FromMilliseconds(20);

    public TimeSpan HeartbeatTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>With nothing asked for.</summary>
    public static RunSpec PlainSpec { get; } = new()
    {
        Input = "/in",
        Output = "/out",
        Model = "/model",
        Keep = KeepRule.IntScore(3),
        TextColumn = "text",
        ScoreColumn = "score",
        IntScoreColumn = "int_score",
    };

    public RunSpec Spec => PlainSpec with { WindowRows = WindowRows, Dtype = Dtype.Fp32, TokenBudget = 65536 };

    public RunRecord Run => new(
        "fleet", Spec.ToOptions(),
        new ModelRecord("a/model", "", "/model", new string('d', 64), []), Dtype.Fp32, 65536, ProgramVersion.Current);

    public int WindowsOf(int file) => file < FinishedFiles ? 1 : Windows;

    public long RowsOf(int file) => (long)WindowsOf(file) * WindowRows;

    /// <summary>Of all files.</summary>
    public long Rows => Enumerable.Range(0, Files).Sum(RowsOf);

    /// <summary>Names as long as those of a large dataset.</summary>
    public FileRecord File(int index) => new(
        index, NameOf(index), $"hf://datasets/HuggingFaceFW/fineweb@{new string('0', 40)}/{NameOf(index)}",
        2_000_000_000, 0, DigestOf(index), RowsOf(index), $"data/train-{index:00000}-of-{Files:00000}.parquet",
        Failure: null);

    public static string DigestOf(int file) => file.ToString("x64", System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>What every worker computes for a row; some are kept.</summary>
    public static float Score(int file, long row) => (((file * 1009L) + row) % 5) + 0.125f;

    public ScoredBatch Batch(int file, int window, int batch)
    {
        var scored = new ScoredBatch { Window = (uint)window, NumericClass = "class a" };
        var rows = RowsOfBatch(batch);
        var scores = new float[rows];
        for (var i = 0; i < rows; i++)
        {
            var row = batch + (i * Batches);
            scored.Rows.Add((uint)row);
            scored.TokenCounts.Add(TokensOfRow);
            scores[i] = Score(file, ((long)window * WindowRows) + row);
        }

        scored.Scores = ByteString.CopyFrom(LittleEndian.FromFloats(scores));
        return scored;
    }

    private static string NameOf(int file) => $"data/CC-MAIN-2024-10/{file / 100:000}_{file % 100:00000}.parquet";

    private int RowsOfBatch(int batch) => ((WindowRows - batch - 1) / Batches) + 1;
}
