using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Reports;
using FineWebTorch.Coordinator.Verification;
using FineWebTorch.Coordinator.Web;
using FineWebTorch.Hub;
using FineWebTorch.Model;

namespace FineWebTorch.Coordinator.Tests.Reporting;

public sealed class ReportExamplesTests : IDisposable
{
    private static readonly Lazy<HubAccess> NoHub =
        new(() => throw new InvalidOperationException("no Hub in this test"));

    private readonly TemporaryFolder _folder = new();
    private readonly SqliteLedger _ledger;

    public ReportExamplesTests()
    {
        foreach (var file in (string[])["000_00000.parquet", "000_00001.parquet"])
            File.Copy(Path.Combine(TestData.RepositoryRoot, "data", "sample", file), _folder[file]);
        _ledger = SqliteLedger.Open(_folder["ledger.sqlite"]);
        _ledger.Create(Runs.Run(), [Record(0, "000_00000.parquet"), Record(1, "000_00001.parquet")]);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _ledger.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Examples_OfRowsWithoutAScore_AreNone()
    {
        _ledger.Commit(
            [Window(0, 0, [float.NaN, EduScore.Unscorable(UnscorableReason.NullText), float.PositiveInfinity])]);

        var examples = await ReadAsync(count: 4);

        Assert.Empty(examples.Bands);
        Assert.Null(examples.Problem);
    }

    [Fact]
    public async Task Examples_AreOfEachScore_TheSameEachTimeAndOthersInAnotherRun()
    {
        foreach (var file in (int[])[0, 1])
            foreach (var window in Enumerable.Range(0, 8))
                _ledger.Commit([Window(file, window, [0.2f, 2.6f, 5.5f, 3.4f])]);

        var examples = await ReadAsync(count: 3);

        Assert.Equal([5, 3, 0], examples.Bands.Select(band => band.Band));
        Assert.All(examples.Bands, band => Assert.Equal(3, band.Documents.Count));
        Assert.Equal(Places(examples), Places(await ReadAsync(count: 3)));
        Assert.NotEqual(Places(examples), Places(await ReadAsync(count: 3, run: "run-2")));
        var one = examples.Bands[0].Documents[0];
        var row = Assert.Single(
            await new RowFiles(NoHub, Runs.Spec).ReadAsync(_folder[one.File], false, [one.Row], Token));
        Assert.Equal(ScoredDocuments.FirstLines(row.Text!, 400), one.Text);
    }

    [Fact]
    public async Task Examples_OfInputsThatAreGoneOrOthers_AreLeftOutWithTheReason()
    {
        _ledger.Commit([Window(0, 0, [0.2f, 2.6f, 1f, 3.4f])]);
        _ledger.Commit([Window(1, 0, [4.8f, 4.9f, 4.7f, 4.6f])]);
        File.SetLastWriteTimeUtc(_folder["000_00000.parquet"], new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc));

        var examples = await ReadAsync(count: 4);
        File.Delete(_folder["000_00001.parquet"]);
        var none = await ReadAsync(count: 4);

        Assert.Equal(5, Assert.Single(examples.Bands).Band);
        Assert.Equal("000_00000.parquet is gone, or another file than was scored", examples.Problem);
        Assert.Empty(none.Bands);
        Assert.NotNull(none.Problem);
    }

    [Fact]
    public async Task Examples_ThatNobodyWants_AreNotLookedFor()
    {
        File.Delete(_folder["000_00000.parquet"]);
        _ledger.Commit([Window(0, 0, [0.2f, 2.6f, 1f, 3.4f])]);

        Assert.Equal(ExampleBands.None, await ReadAsync(count: 0));
    }

    private static IEnumerable<(string, long)> Places(ExampleBands examples) =>
        examples.Bands.SelectMany(band => band.Documents).Select(document => (document.File, document.Row));

    private Task<ExampleBands> ReadAsync(int count, string run = "run-1") => new ReportExamples(
        _ledger, Runs.Spec, run, new RowFiles(NoHub, Runs.Spec), TimeProvider.System).ReadAsync([0, 1], count, Token);

    private FileRecord Record(int index, string name)
    {
        var file = new FileInfo(_folder[name]);
        return Runs.File(index, 32, file.FullName) with
        {
            Name = name,
            Size = file.Length,
            ModifiedTicks = file.LastWriteTimeUtc.Ticks,
        };
    }

    private static LedgerChange.WindowCompleted Window(int file, int window, float[] scores) => new(
        new WindowRecord(file, window, scores.Length, 0, 0, 4, new Dictionary<string, long>()), scores);
}
