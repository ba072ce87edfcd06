using FineWebTorch.Coordinator.Console;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Coordinator.Scheduling;
using FineWebTorch.Terminal;

namespace FineWebTorch.Coordinator.Tests.Console;

public sealed class RunViewTests
{
    private static readonly RunRates Rates = new(
        1234.5, 456_789, TimeSpan.FromSeconds(123),
        new Dictionary<string, double> { ["0"] = 1200, ["1"] = 4.2, ["2"] = 0 });

    [Theory]
    [InlineData(60)]
    [InlineData(80)]
    [InlineData(99)]
    [InlineData(100)]
    [InlineData(101)]
    [InlineData(120)]
    [InlineData(160)]
    [InlineData(200)]
    [InlineData(400)]
    [InlineData(40)]
    [InlineData(21)]
    public void Lines_AnyTerminal_FitInIt(int columns)
    {
        var cases =
            from glyphs in (Glyphs[])[Glyphs.Blocks, Glyphs.Ascii]
            from rows in (int[])[60, 40, 30, 24, 16, 12, 8, 5, 3, 2]
            from run in Runs()
            select (glyphs, rows, run);
        foreach (var (glyphs, rows, run) in cases)
        {
            var lines = View(columns, rows, glyphs).Lines(run);

            Assert.True(lines.Count < rows, $"{lines.Count} lines on {rows} rows");
            Assert.All(lines, line => Assert.True(line.Cells < columns, $"{line.Cells}: {line}"));
        }
    }

    [Theory]
    [InlineData(60, 24)]
    [InlineData(80, 24)]
    [InlineData(120, 30)]
    [InlineData(200, 50)]
    public async Task Lines_OfARun_AreThoseThatSomebodyHasLookedAt(int columns, int rows)
    {
        var path = Path.Combine(
            TestData.RepositoryRoot, "tests", "Coordinator.Tests", "Console", "Pictures", $"{columns}x{rows}.txt");
        var lines = View(columns, rows, Glyphs.Blocks).Lines(RunPictures.Progress(3))
            .Select(line => line.ToString().TrimEnd()).ToList();
        if (Environment.GetEnvironmentVariable("FINEWEB_RENEW_PICTURES") is not null)
            await File.WriteAllLinesAsync(path, lines);

        Assert.Equal(await File.ReadAllLinesAsync(path), lines);
    }

    [Fact]
    public void Lines_AtEightyColumns_SayWhatARunNeedsToBeWatched()
    {
        var lines = LinesOf(new RunProgress(Snapshot(3), Rates));

        Assert.Equal(
            [
                new string('─', 79),
                " 47.3 %  " + new string('█', 33) + new string('░', 37),
                " time    1 min 12 s elapsed, 2 min 3 s left",
                " rows    118,272 of 250,000 scored",
                " files   3 of 8 done, 2 in work, 1 failed",
                " kept    13,120 (11.1 %), 2 could not be scored",
                " docs/s  1,234" + new string(' ', 49) + "456,789 tokens/s",
                "",
                " worker         docs/s  busy   done  file",
                " head/cuda:0     1,200  98 %   24 %  data/CC-MAIN-2024-10/000_00000.parquet +1",
                " laptop/cpu        4.2     -  writing data/train-00001-of-00008.parquet",
                " node-7/cuda:1  silent        waiting",
            ],
            lines);
    }

    [Fact]
    public void Lines_ShardsAreCommittedBeforeTheEnd_SayHowManyAndWhere()
    {
        var snapshot = Snapshot(3) with { Safe = new SafeShards(2, "refs/pr/7") };

        Assert.Contains(
            " files   3 of 8 done, 2 in work, 2 safe on refs/pr/7, 1 failed", LinesOf(new RunProgress(snapshot, Rates)));
    }

    [Fact]
    public void Lines_MoreWorkersThanRows_SumUpTheOthers()
    {
        var lines = View(80, 14).Lines(new RunProgress(Snapshot(12), Rates));

        Assert.Equal(13, lines.Count);
        Assert.Equal(" and 10 more workers: 1,204 docs/s, 8 silent", lines[^1].ToString());
    }

    [Fact]
    public void Lines_LowTerminal_GiveUpWhatMattersLeast()
    {
        string[] FirstWords(int rows) => [.. View(80, rows).Lines(RunPictures.Progress(3))
            .Select(line => line.ToString().TrimStart().Split(' ')[0])];

        Assert.Equal(
            ["47.3", "time", "docs/s", "worker", "node-1/cuda:0", "node-1/cuda:1", "node-2/cuda:1"], FirstWords(8));
        Assert.Equal(["47.3", "3"], FirstWords(3));
        Assert.Equal(["47.3"], FirstWords(2));
    }

    [Fact]
    public void Lines_WhereThereIsRoom_TellHowMuchOfADeviceIsInUse()
    {
        var busy = Snapshot(2).Workers[0] with { Figures = new DeviceFigures(0.97, 30, 40, 412, 61) };
        var run = new RunProgress(Snapshot(2) with { Workers = [busy, Snapshot(2).Workers[1]] }, Rates);

        var table = LinesOf(run, 120)[^3..];
        Assert.Contains("docs/s  busy  in use  memory  done             file", table[0], StringComparison.Ordinal);
        Assert.Contains(" 98 %    97 %    75 %  ━━", table[1], StringComparison.Ordinal);
        Assert.Contains("    -       -       -  writing", table[2], StringComparison.Ordinal);
        Assert.DoesNotContain("in use", LinesOf(run)[^3], StringComparison.Ordinal);
    }

    [Fact]
    public void Lines_TwoHundredWorkers_ThoseThatNeedALookAreSeen()
    {
        var snapshot = Snapshot(0) with
        {
            Workers = [.. Enumerable.Range(0, 200).Select(index => new WorkerSnapshot(
                $"{index}", $"node-{index:000}/cuda:0", "NVIDIA H100 80GB HBM3", Connected: index != 150, 100, "")
            {
                Quarantine = index == 180 ? "its device has failed: an illegal address" : null,
                Leaving = index == 2,
            })],
        };

        var lines = LinesOf(new RunProgress(snapshot, Rates));

        Assert.Equal(20, lines.Length);
        Assert.Contains(" workers 200: 197 idle, 1 leaving, 1 quarantined, 1 lost", lines);
        var table = lines.SkipWhile(line => !line.StartsWith(" worker  ", StringComparison.Ordinal)).ToList();
        Assert.Equal(" node-150/cuda:0  silent        waiting", table[1]);
        Assert.Equal(" node-180/cuda:0     0.0     -  quarantined: its device has failed: an illegal…", table[2]);
        Assert.Equal(" node-000/cuda:0   1,200     -  waiting", table[3]);
        Assert.Equal(" node-002/cuda:0     0.0     -  is leaving", table[5]);
        Assert.Matches(@"^ and 19\d more workers: 0.0 docs/s$", lines[^1]);
    }

    [Fact]
    public void Lines_NobodyWorks_SayWhy()
    {
        string LineOf(RunSnapshot snapshot) => LinesOf(new RunProgress(snapshot, Rates))[2];
        Assert.Equal(
            " waits   12 s more for a better worker to choose precision and batches by",
            LineOf(Snapshot(3) with { Settling = TimeSpan.FromSeconds(12) }));
        Assert.StartsWith(" time ", LineOf(Snapshot(3) with { Settling = TimeSpan.FromSeconds(-1) }), StringComparison.Ordinal);
        Assert.Equal(
            " stands  no healthy worker is left: 2 workers quarantined; a: 3 failures in a …",
            LineOf(Snapshot(3) with
            {
                Standstill = "no healthy worker is left: 2 workers quarantined; a: 3 failures in a row",
            }));
        Assert.StartsWith(" paused  by a person", LineOf(Snapshot(3) with { Paused = true }), StringComparison.Ordinal);
    }

    [Fact]
    public void Lines_WithoutUnicode_AreAscii() => Assert.All(
        new RunView(60, 40, Glyphs.Ascii) { Title = new RunTitle("out", "a/model") }.Lines(RunPictures.Progress(3)),
        line => Assert.True(line.ToString().All(char.IsAscii), line.ToString()));

    [Fact]
    public void Lines_NamesThatMoveTheCursor_AreShownWithoutIt()
    {
        var lines = View(120, 30) with { Title = new RunTitle("out\u202e\e[2J", "m\r\n") };

        Assert.All(lines.Lines(RunPictures.Wide()), line => Assert.DoesNotContain(
            line.ToString(), c => char.IsControl(c) || c is '\u202e'));
    }

    internal static RunSnapshot Snapshot(int workers) => new(
        TimeSpan.FromSeconds(72), 8, 3, 1, 250_000, 118_272, 13_120, 2, 24_000_000,
        [.. Enumerable.Range(0, workers).Select(Worker)], workers, 0)
    {
        FilesInWork = 2,
    };

    private static RunProgress[] Runs() =>
    [
        RunPictures.Progress(0), RunPictures.Progress(1), RunPictures.Progress(3), RunPictures.Progress(2000),
        RunPictures.Wide(), RunPictures.Nothing(), RunPictures.Vast(), new(Snapshot(12), Rates),
    ];

    private static RunView View(int columns, int rows, Glyphs? glyphs = null) => new(columns, rows, glyphs ?? Glyphs.Blocks);

    private static string[] LinesOf(RunProgress run, int columns = 80) =>
        [.. View(columns, 24).Lines(run).Select(line => line.ToString().TrimEnd())];

    private static WorkerSnapshot Worker(int index) => index switch
    {
        0 => new("0", "head/cuda:0", "NVIDIA H100 80GB HBM3", true, 100, "")
        {
            Phases = new DevicePhases(0.982, 0.01, 0, 0),
            Work = [
                new("data/CC-MAIN-2024-10/000_00000.parquet", false, 12_288, 50_000),
                new("data/train-00002-of-00008.parquet", true, 50_000, 50_000)],
        },
        1 => new("1", "laptop/cpu", "AMD EPYC", true, 100, "")
        {
            Work = [new("data/train-00001-of-00008.parquet", true, 31_250, 31_250)],
        },
        _ => new($"{index}", $"node-7/cuda:{index - 1}", "NVIDIA H100 80GB HBM3", Connected: false, 0, ""),
    };
}
