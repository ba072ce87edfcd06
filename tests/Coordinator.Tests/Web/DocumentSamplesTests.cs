using System.Text;
using FineWebTorch.Coordinator.Disk;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Coordinator.Scheduling;
using FineWebTorch.Coordinator.Verification;
using FineWebTorch.Coordinator.Web;
using FineWebTorch.Hub;

namespace FineWebTorch.Coordinator.Tests.Web;

public sealed class DocumentSamplesTests : IDisposable
{
    private const string Input = "000_00000.parquet";

    private readonly TemporaryFolder _folder = new();
    private readonly SqliteLedger _ledger;
    private readonly string _input;

    public DocumentSamplesTests()
    {
        var samples = Path.Combine(TestData.RepositoryRoot, "data", "sample");
        _input = Directory.GetFiles(samples, "*.parquet").Order(StringComparer.Ordinal).First();
        _ledger = SqliteLedger.Open(_folder["ledger.sqlite"]);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _ledger.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Documents_OfABand_AreThoseRowsOfTheInput()
    {
        Create(_input);
        _ledger.Commit([Window(0, [0.2f, 2.6f, 1f, 3.4f]), Window(1, [3.1f, 0f, 0f, 5f])]);
        await using var loop = Loop();

        var three = (await Samples(loop).SampleAsync(band: 3, count: 10, Token))!;
        var one = (await Samples(loop).SampleAsync(band: 3, count: 1, Token))!;

        Assert.Equal([(2.6, 1L), (3.4, 3L), (3.1, 4L)], three.Items.Select(document => (document.Score, document.Row)));
        Assert.All(three.Items, document => Assert.Equal(Input, document.File));
        var hub = new Lazy<HubAccess>(() => throw new InvalidOperationException("no Hub in this test"));
        var rows = await new RowFiles(hub, Runs.Spec).ReadAsync(_input, withScores: false, [1, 3, 4], Token);
        Assert.Equal(
            rows.Select(row => ScoredDocuments.FirstLines(row.Text ?? [])), three.Items.Select(document => document.Text));
        Assert.Single(one.Items);
    }

    [Fact]
    public async Task Documents_WhereThereAreNone_AreANote()
    {
        Create(_input);
        await using var loop = Loop();

        var before = (await Samples(loop).SampleAsync(band: 3, count: 10, Token))!;
        _ledger.Commit([Window(0, [0.2f, 0.2f, 1f, 1f])]);
        var after = (await Samples(loop).SampleAsync(band: 5, count: 10, Token))!;

        Assert.Equal((0, "no window of a file has all its scores yet"), (before.Items.Count, before.Note));
        Assert.Equal((0, "none of 4 rows that were looked at has this score"), (after.Items.Count, after.Note));
    }

    [Fact]
    public async Task Documents_OfAnInputThatIsNotHere_AreANote()
    {
        Create(_folder["gone.parquet"]);
        _ledger.Commit([Window(0, [3f, 3f, 3f, 3f])]);
        await using var loop = Loop();

        var page = (await Samples(loop).SampleAsync(band: 3, count: 10, Token))!;

        Assert.Empty(page.Items);
        Assert.StartsWith("the input cannot be read here: ", page.Note, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("one\ntwo", "one\ntwo")]
    [InlineData("a\tb", "a b")]
    [InlineData("red \u001b[31m", "red [31m")]
    [InlineData("right\u202eleft", "rightleft")]
    public void FirstLines_OddText_IsHarmless(string text, string expected) =>
        Assert.Equal(expected, ScoredDocuments.FirstLines(Encoding.UTF8.GetBytes(text)));

    [Fact]
    public void FirstLines_LongText_IsCutBetweenCharacters()
    {
        var text = ScoredDocuments.FirstLines(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("😀", 5_000))));

        Assert.EndsWith("😀…", text, StringComparison.Ordinal);
        Assert.InRange(text.Length, 1_000, 1_002);
    }

    private void Create(string path) => _ledger.Create(
        Runs.Run(), [Runs.File(0, 8, path) with { Name = Input }]);

    private static DocumentSamples Samples(RunLoop loop, ILedger ledger) => new(
        loop, ledger, Runs.Spec,
        new RowFiles(new Lazy<HubAccess>(() => throw new InvalidOperationException("no Hub in this test")), Runs.Spec), _ => 0);

    private DocumentSamples Samples(RunLoop loop) => Samples(loop, _ledger);

    private RunLoop Loop() => new(
        new RunCore(
            _ledger.Load()!, new RunPlaces("/run", "/out", "/out/.staging/run-1", "nonce"),
            new SchedulingOptions(TimeSpan.FromSeconds(30))),
        _ledger, new Nobody(), new FakeTime());

    private static LedgerChange.WindowCompleted Window(int window, float[] scores) => new(
        new WindowRecord(0, window, scores.Length, 0, 0, 4, new Dictionary<string, long>()), scores);

    private sealed class Nobody : IRunObserver
    {
        public void Observe(RunEvent happened)
        {
        }
    }
}
