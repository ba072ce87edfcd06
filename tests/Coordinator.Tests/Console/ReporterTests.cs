using System.Text.Json.Nodes;
using FineWebTorch.Coordinator.Console;
using FineWebTorch.Coordinator.Running;
using Spectre.Console;

namespace FineWebTorch.Coordinator.Tests.Console;

public sealed class ReporterTests : IDisposable
{
    private static readonly RunHeader Header = new(
        "/run", "/out", "a/model", 4, 160, 0, IsResumed: false, new Uri("http://127.0.0.1:5090"));

    private static readonly RunRates Rates = new(
        12.5, 3000, TimeSpan.FromSeconds(75), new Dictionary<string, double> { ["w"] = 12.5 });

    private readonly StringWriter _output = new();

    public void Dispose() => _output.Dispose();

    [Fact]
    public void Json_EveryLine_IsAnObjectThatSaysWhatItIs()
    {
        using var reporter = new JsonReporter(_output);

        reporter.Started(Header);
        reporter.Observe(new RunEvent.FileFailed("a.parquet", "damaged"));
        reporter.Progress(Snapshot(rows: 80), Rates);

        var lines = _output.ToString().TrimEnd().Split('\n').Select(line => JsonNode.Parse(line)!).ToList();
        Assert.Equal(["started", "file_failed", "progress"], lines.Select(line => (string)line["event"]!));
        Assert.Equal("damaged", (string)lines[1]["reason"]!);
        Assert.Equal(
            (80, 75.0, "scoring [a]"),
            ((int)lines[2]["rows_scored"]!, (double)lines[2]["seconds_left"]!,
                (string)lines[2]["workers"]![0]!["doing"]!));
    }

    [Fact]
    public void Plain_Progress_IsOneLine()
    {
        using var reporter = new PlainReporter(TextWriter.Null, _output);

        reporter.Progress(Snapshot(rows: 80), Rates);

        Assert.Equal(
            "1/4 files, 80/160 rows, 12 docs/s, 3,000 tokens/s, 7 kept, 1 workers, 1 min 15 s left",
            _output.ToString().TrimEnd());
    }

    [Fact]
    public void Live_NamesWithBrackets_AreShownAsTheyAre()
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.Yes,
            Interactive = InteractionSupport.Yes,
            Out = new AnsiConsoleOutput(_output),
        });
        using (var reporter = new LiveReporter(console))
        {
            reporter.Started(Header);
            reporter.Observe(new RunEvent.FileFailed("[red].parquet", "damaged"));
            reporter.Progress(Snapshot(rows: 80), Rates);
        }

        Assert.Contains("[red].parquet has failed: damaged", _output.ToString(), StringComparison.Ordinal);
        Assert.Contains("scoring [a]", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void RateMeter_OldSnapshots_NoLongerCount()
    {
        var meter = new RateMeter();
        meter.Add(Snapshot(rows: 0, seconds: 0));
        meter.Add(Snapshot(rows: 100, seconds: 100));

        var rates = meter.Add(Snapshot(rows: 110, seconds: 110));

        Assert.Equal(1, rates.DocumentsPerSecond);
        Assert.Equal(TimeSpan.FromSeconds(50), rates.Remaining);
    }

    [Fact]
    public void RateMeter_NothingScoredYet_PromisesNothing()
    {
        var meter = new RateMeter();
        meter.Add(Snapshot(rows: 0, seconds: 0));

        Assert.Null(meter.Add(Snapshot(rows: 0, seconds: 5)).Remaining);
    }

    private static RunSnapshot Snapshot(long rows, double seconds = 1) => new(
        TimeSpan.FromSeconds(seconds), 4, 1, 0, 160, rows, 7, 0, rows * 200,
        [new WorkerSnapshot("w", "host/cpu", "AVX2", true, rows, "scoring [a]")], 1, 0);
}
