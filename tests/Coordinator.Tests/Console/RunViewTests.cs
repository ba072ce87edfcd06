using FineWebTorch.Coordinator.Console;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Coordinator.Scheduling;
using Spectre.Console;

namespace FineWebTorch.Coordinator.Tests.Console;

public sealed class RunViewTests
{
    private static readonly RunRates Rates = new(
        1234.5, 456_789, TimeSpan.FromSeconds(123),
        new Dictionary<string, double> { ["0"] = 1200, ["1"] = 4.2, ["2"] = 0 });

    [Theory]
    [InlineData(60)]
    [InlineData(80)]
    [InlineData(120)]
    [InlineData(30)]
    public void Lines_AnyTerminal_FitInIt(int columns)
    {
        foreach (var (workers, rows) in ((int, int)[])[(0, 24), (3, 24), (50, 24), (50, 12), (3, 5), (3, 2)])
        {
            var lines = new RunView(columns, rows).Lines(Snapshot(workers), Rates);

            Assert.True(lines.Count < rows, $"{lines.Count} lines on {rows} rows");
            Assert.All(lines, line => Assert.True(line.Cells < columns, $"{line.Cells}: {line}"));
        }
    }

    [Fact]
    public void Lines_AtEightyColumns_SayWhatARunNeedsToBeWatched()
    {
        var lines = new RunView(80, 24).Lines(Snapshot(3), Rates).Select(line => line.ToString()).ToList();

        Assert.Equal(
            [
                "",
                " 47.3 %  " + new string('█', 33) + new string('░', 37),
                " files   3 of 8 done, 2 in work, 1 failed",
                " rows    118,272 of 250,000 scored",
                " kept    13,120 (11.1 %), 2 could not be scored",
                " speed   1,234 docs/s, 456,789 tokens/s",
                " time    1 min 12 s elapsed, 2 min 3 s left",
                "",
                " worker         docs/s  busy  file",
                " head/cuda:0     1,200  98 %  …-MAIN-2024-10/000_00000.parquet 12,288/50,000 +1",
                " laptop/cpu        4.2     -  writing data/train-00001-of-00008.parquet",
                " node-7/cuda:1  silent        waiting",
            ],
            lines.Select(line => line.TrimEnd()));
    }

    [Fact]
    public void Lines_ShardsAreCommittedBeforeTheEnd_SayHowManyAndWhere()
    {
        var snapshot = Snapshot(3) with { Safe = new SafeShards(2, "refs/pr/7") };

        var lines = new RunView(80, 24).Lines(snapshot, Rates);

        Assert.Equal(" files   3 of 8 done, 2 in work, 2 safe on refs/pr/7, 1 failed", lines[2].ToString());
    }

    [Fact]
    public void Lines_MoreWorkersThanRows_SumUpTheOthers()
    {
        var lines = new RunView(80, 14).Lines(Snapshot(12), Rates);

        Assert.Equal(13, lines.Count);
        Assert.Equal(" and 9 more workers: 1,204 docs/s, 7 silent", lines[^1].ToString());
    }

    [Fact]
    public void Lines_WhereThereIsRoom_TellHowMuchOfADeviceIsInUse()
    {
        var busy = Snapshot(2).Workers[0] with { Figures = new DeviceFigures(0.97, null, null, 412, 61) };
        var snapshot = Snapshot(2) with { Workers = [busy, Snapshot(2).Workers[1]] };
        string[] LinesOf(int width) =>
            [.. new RunView(width, 24).Lines(snapshot, Rates).Select(line => line.ToString())];

        Assert.Contains("docs/s  busy in use  file", LinesOf(120)[8], StringComparison.Ordinal);
        Assert.Contains(" 98 %   97 %  data/CC-MAIN", LinesOf(120)[9], StringComparison.Ordinal);
        Assert.Contains("    -      -  writing", LinesOf(120)[10], StringComparison.Ordinal);
        Assert.DoesNotContain("in use", LinesOf(80)[8], StringComparison.Ordinal);
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

        var lines = new RunView(80, 24).Lines(snapshot, Rates).Select(line => line.ToString().TrimEnd()).ToList();

        Assert.Equal(23, lines.Count);
        Assert.Equal(" node-150/cuda:0  silent        waiting", lines[9]);
        Assert.Equal(" node-180/cuda:0     0.0     -  quarantined: its device has failed: an illegal…", lines[10]);
        Assert.Equal(" node-000/cuda:0   1,200     -  waiting", lines[11]);
        Assert.Equal(" node-002/cuda:0     0.0     -  is leaving", lines[13]);
        Assert.Equal(" and 187 more workers: 0.0 docs/s", lines[^1]);
    }

    [Fact]
    public void Lines_NobodyWorks_SayWhy()
    {
        string LineOf(RunSnapshot snapshot) => new RunView(80, 24).Lines(snapshot, Rates)[5].ToString();
        Assert.Equal(
            " waits   12 s more for a better worker to choose dtype by (--settle)",
            LineOf(Snapshot(3) with { Settling = TimeSpan.FromSeconds(12) }));
        Assert.StartsWith(" speed ", LineOf(Snapshot(3) with { Settling = TimeSpan.FromSeconds(-1) }), StringComparison.Ordinal);
        Assert.Equal(
            " stands  no healthy worker is left: 2 workers quarantined; a: 3 failures in a …",
            LineOf(Snapshot(3) with
            {
                Standstill = "no healthy worker is left: 2 workers quarantined; a: 3 failures in a row",
            }));
        Assert.EndsWith(
            ", paused until 'coordinator resume'",
            new RunView(80, 24).Lines(Snapshot(3) with { Paused = true }, Rates)[6].ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Lines_WithoutUnicode_AreAscii() => Assert.All(
        new RunView(60, 24, Unicode: false).Lines(Snapshot(3), Rates),
        line => Assert.True(line.ToString().All(char.IsAscii), line.ToString()));

    [Theory]
    [InlineData("data/000_00000.parquet", 12, "….parquet")]
    [InlineData("short", 12, "short")]
    [InlineData("文文文文文文文", 6, "…文文")]
    [InlineData("abc", 0, "")]
    [InlineData("😀😀😀", 3, "…😀")]
    public void End_TooLong_KeepsTheEnd(string text, int cells, string shown)
    {
        var cut = CellText.End(text, cells, "…");

        Assert.True(cut.GetCellWidth() <= cells, cut);
        Assert.EndsWith(shown.TrimStart('…'), cut, StringComparison.Ordinal);
        Assert.Equal(text == shown, cut == text);
    }

    [Theory]
    [InlineData("one two three", 7, "one two|three")]
    [InlineData("one two three", 6, "one|two|three")]
    [InlineData("abcdefghij kl", 4, "abcd|efgh|ij|kl")]
    [InlineData("文文文文", 5, "文文|文文")]
    [InlineData("😀😀", 3, "😀|😀")]
    [InlineData("", 5, "")]
    public void Wrap_CutsAtBlanksWhereThereAreAny(string text, int cells, string parts) =>
        Assert.Equal(parts, string.Join('|', CellText.Wrap(text, cells)));

    internal static RunSnapshot Snapshot(int workers) => new(
        TimeSpan.FromSeconds(72), 8, 3, 1, 250_000, 118_272, 13_120, 2, 24_000_000,
        [.. Enumerable.Range(0, workers).Select(Worker)], workers, 0)
    {
        FilesInWork = 2,
    };

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
