using System.Text;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Options;
using FineWebTorch.Coordinator.Publishing;
using FineWebTorch.Coordinator.Reports;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Coordinator.Web;
using FineWebTorch.Model;

namespace FineWebTorch.Coordinator.Tests.Reporting;

/// <summary>What reports may have to say.</summary>
internal static class ReportSample
{
    /// <summary>What strangers put into names, reasons and texts.</summary>
    public const string Hostile =
        "</script></style><script>fetch('http://elsewhere/')</script><img src=http://elsewhere/x onerror=alert(1)>\"" +
        " \u202e\u0007";

    private static readonly DateTimeOffset Start = new(2026, 11, 28, 22, 10, 0, TimeSpan.Zero);

    private static readonly CardPlace Place =
        new("fineweb-edu-cc", "\"me/fineweb-edu-cc\"", new Uri("https://huggingface.co"));

    private static readonly ModelRecord Model = new(
        "HuggingFaceFW/fineweb-edu-classifier", "8d4e2e5f0c0f4ea0b4c9d2c7a3b1f6e5d4c3b2a1", "/cache/model",
        new string('d', 64), []);

    /// <summary>A run of a day on two kinds of GPU, after which little is left to say.</summary>
    public static ReportContent Usual
    {
        get
        {
            const long Rows = 211_000_000, Kept = 19_460_000;
            var counts = Enumerable.Range(0, ScoreCounts.Bins).Select(Bell).ToList();
            var scale = (double)Rows / counts.Sum();
            counts = [.. counts.Select(count => (long)(count * scale))];
            return new ReportContent(
                Place, Run(RunSpecOf("int3")), RunSpecOf("int3"), Summary(Rows, Kept, files: 250),
                "hf://datasets/HuggingFaceFW/fineweb@9bb295ddab0e05d785b879661af7260fed5140fc/data/x.parquet",
                new ScoreHistogram(counts, [.. Enumerable.Range(0, 11).Select(step => counts[(5 * step)..].Sum())]),
                Work(Rows),
                Examples("Photosynthesis is how plants, algae and some bacteria turn light into chemical energy.\n" +
                    "Water is split, oxygen is set free, and sugar is built from carbon dioxide in the Calvin cycle; " +
                    "what is left over is stored as starch or becomes cellulose, fats and proteins."))
            {
                PricePerHour = 1.01,
            };
        }
    }

    /// <summary>Files, workers and documents have failed in all ways, and everything is named by a stranger.</summary>
    public static ReportContent Troubled
    {
        get
        {
            var run = Usual;
            return run with
            {
                Place = Place with { Name = Hostile },
                Run = run.Run with { Model = Model with { Id = Hostile, Revision = Hostile } },
                Summary = run.Summary with
                {
                    FilesDone = 187,
                    FilesFailed =
                    [
                        new("data/" + new string('x', 20_000), Hostile),
                        .. Enumerable.Range(1, 62).Select(file => new RunSummary.FailedFile(
                            $"data/CC-MAIN-2024-10/000_{file:00000}.parquet",
                            $"/home/alice/data/in/000_{file:00000}.parquet: damaged or not a Parquet file")),
                    ],
                    RowsInFailedFiles = 12_345,
                    RowsUnscorable = 1_240,
                    UnscorableReasons = new Dictionary<string, long>
                    {
                        ["null_text"] = 1_200,
                        ["invalid_unicode"] = 37,
                        ["ends_worker"] = 3,
                    },
                    Quarantined =
                    [
                        new("node7/cuda0/4711", "its device failed: an illegal memory access was encountered"),
                        new(Hostile, "C:\\Users\\Alice Smith\\cache\\model: Access is denied"),
                    ],
                    Warnings = ["000_00007.parquet: its schema metadata could not be carried over"],
                },
                Examples = Examples(Hostile) with { Problem = "/home/alice/data/in/000.parquet is gone" },
            };
        }
    }

    /// <summary>No row, no score, no worker.</summary>
    public static ReportContent Empty => Usual with
    {
        Summary = Summary(0, 0, files: 3) with { NumericClasses = new Dictionary<string, long>() },
        Scores = new ScoreHistogram(new long[ScoreCounts.Bins], new long[11]),
        Work = new RunWork([]),
        Examples = ExampleBands.None,
        PricePerHour = null,
    };

    public static WorkRecord Worked(
        int file, string worker, long rows, double fromMinute, double toMinute, string device = "NVIDIA A10G") => new(
        file, worker, $"node/{worker}", device, rows, Start + TimeSpan.FromMinutes(fromMinute),
        Start + TimeSpan.FromMinutes(toMinute));

    private static RunSpec RunSpecOf(string keep) => Runs.Spec with
    {
        Input = "hf://datasets/HuggingFaceFW/fineweb/data/CC-MAIN-2024-10/*.parquet",
        Output = "hf://datasets/me/fineweb-edu-cc",
        Model = Model.Id,
        Keep = KeepRule.TryParse(keep, out var rule) ? rule : default,
    };

    private static RunRecord Run(RunSpec spec) => Runs.Run(spec) with
    {
        RunId = "3f9a1c77b2d4",
        Model = Model,
        Dtype = Protos.V1.Dtype.Fp16,
        TokenBudget = 65_536,
    };

    private static RunSummary Summary(long rows, long kept, int files) => new(
        "finished", "3f9a1c77b2d4", "/runs/3f9a1c77b2d4", "hf://datasets/me/fineweb-edu-cc", Model.Id, "fp16", "int3",
        files, files, [], rows, rows, kept, 0, 612 * rows, RowsScoredNow: 0, 12, 0, 0,
        new SortedDictionary<string, long>
        {
            ["cuda sm_86 cublas 12.8 libtorch 2.10 fused"] = rows / 4 * 3,
            ["cuda sm_89 cublas 12.8 libtorch 2.10 fused"] = rows / 4,
        },
        [], []);

    private static long Bell(int bin) =>
        (long)(1e6 * Math.Exp(-Math.Pow((bin - 11.0) / 9, 2) / 2)) + (bin < 40 ? 900 : bin == 47 ? 1 : 0);

    /// <summary>24 workers, and a night without any.</summary>
    private static RunWork Work(long rows) => new(Enumerable.Range(0, 250).Select(file =>
    {
        var (worker, start) = (file % 24, (file / 24 * 100) + (file >= 120 ? 300 : 0));
        return Worked(
            file, $"{worker}", rows / 250, start + worker, start + 101 - (file % 7),
            worker < 18 ? "NVIDIA A10G" : "NVIDIA L4");
    }));

    private static ExampleBands Examples(string text)
    {
        ReportExample Document(int band, int number) => new(
            band, band + 0.31f - (0.2f * number), ScoredDocuments.FirstLines(Encoding.UTF8.GetBytes(text), 400),
            "data/CC-MAIN-2024-10/000_00017.parquet", 4_711 * number);
        return new ExampleBands(
            [.. Enumerable.Range(0, 6).Reverse().Select(band => new ExampleBand(
                band, [.. Enumerable.Range(0, 4).Select(number => Document(band, number))]))],
            Problem: null);
    }
}
