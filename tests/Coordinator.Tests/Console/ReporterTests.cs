using System.Text.Json.Nodes;
using FineWebTorch.Coordinator.Console;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Coordinator.Scheduling;
using FineWebTorch.Terminal;

namespace FineWebTorch.Coordinator.Tests.Console;

public sealed class ReporterTests : IDisposable
{
    private static readonly RunHeader Header = new(
        "/run", "/out", "a/model", 4, 160, 0, IsResumed: false, new Uri("http://127.0.0.1:5090"));

    private static readonly RunRates Rates = new(
        12.5, 3000, TimeSpan.FromSeconds(75), new Dictionary<string, double> { ["w"] = 12.5 });

    private readonly StringWriter _output = new();
    private readonly FakeTime _time = new();

    public ReporterTests() => _time.Advance(TimeSpan.FromMinutes(1));

    public void Dispose() => _output.Dispose();

    [Fact]
    public void Json_EveryLine_IsAnObjectThatSaysWhatItIs()
    {
        using var reporter = new JsonReporter(_output, _time);

        reporter.Started(Header);
        reporter.Observe(new RunEvent.FileFailed("a.parquet", "damaged"));
        reporter.Progress(new RunProgress(Snapshot(rows: 80), Rates));

        var lines = _output.ToString().TrimEnd().Split('\n').Select(line => JsonNode.Parse(line)!).ToList();
        Assert.Equal(["started", "file_failed", "progress"], lines.Select(line => (string)line["event"]!));
        Assert.All(lines, line => Assert.Equal("1970-01-01T00:01:00.000Z", (string)line["time"]!));
        Assert.Equal("damaged", (string)lines[1]["reason"]!);
        Assert.Equal(
            (80, 75.0, "scoring [a]"),
            ((int)lines[2]["rows_scored"]!, (double)lines[2]["seconds_left"]!,
                (string)lines[2]["workers"]![0]!["doing"]!));
    }

    [Fact]
    public void Plain_Progress_IsOneLine()
    {
        using var reporter = new PlainReporter(TextWriter.Null, _output, _time);

        reporter.Progress(new RunProgress(Snapshot(rows: 80), Rates));

        Assert.Equal(
            "1970-01-01T00:01:00Z 50.0 %: 1/4 files, 80/160 rows, 12 docs/s, 3,000 tokens/s, 7 kept, " +
            "1 worker busy 97 %, 1.0 s elapsed, 1 min 15 s left",
            _output.ToString().TrimEnd());
    }

    [Fact]
    public void Plain_TextThatMovesTheCursor_IsShownWithoutIt()
    {
        using var reporter = new PlainReporter(_output, _output, _time);

        reporter.Started(Header with { Model = "a\u202emodel" });
        reporter.Observe(new RunEvent.FileFailed("a\u001b[2J.parquet", "b\r\nc\u009b1m" + new string('x', 100_000)));

        Assert.DoesNotContain(
            _output.ToString(), c => c is '\u001b' or '\r' or '\u202e' or '\u009b' or '\u2028');
        Assert.Contains("a?[2J.parquet has failed: b??c?1mxxx", _output.ToString(), StringComparison.Ordinal);
        Assert.InRange(_output.ToString().Length, 5_000, 10_000);
    }

    [Fact]
    public void Quiet_TellsFailuresAndNothingElseOnTheWay()
    {
        using var reporter = new QuietReporter(new PlainReporter(TextWriter.Null, _output, _time));

        reporter.Started(Header);
        reporter.Observe(new RunEvent.WorkerJoined("w", "cpu", Returned: false));
        reporter.Observe(new RunEvent.Warning("a.parquet: two row groups"));
        reporter.Observe(new RunEvent.FileFailed("a.parquet", "damaged"));
        reporter.Observe(new RunEvent.NoHealthyWorker("no healthy worker is left"));
        reporter.Progress(new RunProgress(Snapshot(rows: 80), Rates));

        var lines = _output.ToString().TrimEnd().Split('\n');
        Assert.Equal("1970-01-01T00:01:00Z a.parquet has failed: damaged", lines[0]);
        Assert.StartsWith("1970-01-01T00:01:00Z no healthy worker is left; others may join", lines[1], StringComparison.Ordinal);
        Assert.Equal(2, lines.Length);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Live_NamesWithBrackets_AreShownAsTheyAre(bool colors)
    {
        using var terminal = new RecordedTerminal(80, colors: colors);
        using var reporter = new LiveReporter(terminal.Console, Glyphs.Blocks, _time);
        reporter.Started(Header);
        reporter.Observe(new RunEvent.FileFailed("[red].parquet", "damaged"));
        reporter.Progress(new RunProgress(Snapshot(rows: 80), Rates));
        reporter.Dispose();

        Assert.Contains("[red].parquet has failed: damaged", terminal.Written, StringComparison.Ordinal);
        Assert.Contains(" 50 %  [a].parquet", terminal.Written, StringComparison.Ordinal);
        Assert.Equal(colors, terminal.Written.Contains("\e[91m", StringComparison.Ordinal));
        var last = (await terminal.LookAsync()).Lines[^1];
        Assert.EndsWith("[red].parquet has failed: damaged", last, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://0.0.0.0:5090")]
    [InlineData("http://[::]:5090")]
    public void Start_ListensOnAllAddresses_NamesThisMachineForWorkers(string address) => Assert.EndsWith(
        $"worker --coordinator http://{System.Net.Dns.GetHostName().ToLowerInvariant()}:5090",
        SummaryText.Start(Header with { Address = new Uri(address) }, isKept: true).Last(), StringComparison.Ordinal);

    [Fact]
    public void Start_OneFile_IsSingular() => Assert.StartsWith(
        "1 file, 1 row; model", SummaryText.Start(Header with { Files = 1, Rows = 1 }, isKept: true).ElementAt(1),
        StringComparison.Ordinal);

    [Fact]
    public void RateMeter_OldSnapshots_NoLongerCount()
    {
        var meter = new RateMeter();
        meter.Add(Snapshot(rows: 0, seconds: 0));
        meter.Add(Snapshot(rows: 100, seconds: 100));

        var rates = meter.Add(Snapshot(rows: 110, seconds: 110)).Rates;

        Assert.Equal(1, rates.DocumentsPerSecond);
        Assert.Equal(TimeSpan.FromSeconds(50), rates.Remaining);
    }

    [Fact]
    public void RateMeter_NothingScoredYet_PromisesNothing()
    {
        var meter = new RateMeter();
        meter.Add(Snapshot(rows: 0, seconds: 0));

        Assert.Null(meter.Add(Snapshot(rows: 0, seconds: 5)).Rates.Remaining);
    }

    private static RunSnapshot Snapshot(long rows, double seconds = 1) => new(
        TimeSpan.FromSeconds(seconds), 4, 1, 0, 160, rows, 7, 0, rows * 200,
        [new WorkerSnapshot("w", "host/cpu", "AVX2", true, rows, "scoring [a]")
        {
            Phases = new DevicePhases(0.97, 0, 0, 0),
            Work = [new WorkSnapshot("[a].parquet", false, 80, 160)],
        }], 1, 0);
}
