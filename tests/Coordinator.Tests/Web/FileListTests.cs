using System.Text.Json;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using FineWebTorch.Coordinator.Disk;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Coordinator.Scheduling;
using FineWebTorch.Coordinator.Web;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace FineWebTorch.Coordinator.Tests.Web;

public sealed class FileListTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Page_OfManyFiles_ReadsOfTheLedgerThoseThatItShows()
    {
        const int files = 50_000, done = 30_000;
        using var ledger = new CountingLedger(SqliteLedger.Open(_folder["ledger.sqlite"]));
        ledger.Create(Runs.Run(), [.. Enumerable.Range(0, files).Select(index => Runs.File(index, 8))]);
        ledger.Commit([.. Enumerable.Range(0, done).SelectMany(Done)]);
        await using var loop = Loop(ledger);
        var list = new FileList(loop, ledger, Runs.Spec);

        var last = await PageAsync(list, "?state=done&offset=29990&limit=200");
        var found = await PageAsync(list, "?find=99.PARQUET&limit=5");
        var waiting = await PageAsync(list, "?state=waiting&limit=100");

        Assert.Equal((done, 10), ((int)last["total"]!, last["items"]!.AsArray().Count));
        Assert.Equal((500, 5), ((int)found["total"]!, found["items"]!.AsArray().Count));
        Assert.Equal((files - done, 100), ((int)waiting["total"]!, waiting["items"]!.AsArray().Count));
        Assert.Equal("29999.parquet", (string)last["items"]![9]!["name"]!);
        // The names of all once, and of the 115 that were shown those that are done.
        Assert.Equal((1, 15), (ledger.Listings, ledger.Files));
    }

    [Fact]
    public async Task File_ThatHasFailed_SaysWhy()
    {
        using var ledger = SqliteLedger.Open(_folder["ledger.sqlite"]);
        ledger.Create(Runs.Run(), [
            Runs.File(0, 8) with { Failure = "it is empty" }, Runs.File(1, 8) with { Failure = FileRecord.Skipped },
        ]);
        await using var loop = Loop(ledger);

        var failed = await PageAsync(new FileList(loop, ledger, Runs.Spec), "?state=failed");

        var file = Assert.Single(failed["items"]!.AsArray())!;
        Assert.Equal(
            ("0.parquet", "failed", "it is empty", 8, 2),
            ((string)file["name"]!, (string)file["state"]!, (string)file["failure"]!, (int)file["rows"]!,
                (int)file["windows"]!["all"]!));
    }

    [Theory]
    [InlineData("?state=lost")]
    [InlineData("?state=3")]
    [InlineData("?state=done,failed")]
    public async Task State_ThatThereIsNot_IsRefused(string query)
    {
        using var ledger = SqliteLedger.Open(_folder["ledger.sqlite"]);
        ledger.Create(Runs.Run(), [Runs.File(0, 8)]);
        await using var loop = Loop(ledger);

        await Assert.ThrowsAsync<FormatException>(() => PageAsync(new FileList(loop, ledger, Runs.Spec), query));
    }

    [Fact]
    public async Task Run_ThatHasEnded_SaysSo()
    {
        using var ledger = SqliteLedger.Open(_folder["ledger.sqlite"]);
        ledger.Create(Runs.Run(), [Runs.File(0, 8)]);
        var loop = Loop(ledger);
        await loop.DisposeAsync();

        await Assert.ThrowsAnyAsync<ChannelClosedException>(() => PageAsync(new FileList(loop, ledger, Runs.Spec), ""));
    }

    private static async Task<JsonNode> PageAsync(FileList list, string query) => JsonSerializer.SerializeToNode(
        await list.PageAsync(new ListRequest(new QueryCollection(QueryHelpers.ParseQuery(query))), Token),
        PageJson.Options)!;

    private static RunLoop Loop(ILedger ledger) => new(
        new RunCore(
            ledger.Load()!, new RunPlaces("/run", "/out", "/out/.staging/run-1", "nonce"),
            new SchedulingOptions(TimeSpan.FromSeconds(30))),
        ledger, new Nobody(), new FakeTime());

    private static IEnumerable<LedgerChange> Done(int file)
    {
        yield return new LedgerChange.ShardPrepared(new ShardRecord(
            file, $"{file}.parquet", 1, 10, new string('a', 64), 0, 0, 0, [], Done: false));
        yield return new LedgerChange.ShardDone(file);
    }

    private sealed class Nobody : IRunObserver
    {
        public void Observe(RunEvent happened)
        {
        }
    }

    private sealed class CountingLedger(ILedger ledger) : ILedger
    {
        public int Listings { get; private set; }

        public int Files { get; private set; }

        public bool IsLed => ledger.IsLed;

        public LedgerContents? Load() => ledger.Load();

        public void Create(RunRecord run, IReadOnlyList<FileRecord> files) => ledger.Create(run, files);

        public void Commit(IReadOnlyList<LedgerChange> changes) => ledger.Commit(changes);

        public IEnumerable<(int Window, float[] Scores)> ReadScores(int file) => ledger.ReadScores(file);

        public IReadOnlyList<ShardRecord> ReadUncommittedShards() => ledger.ReadUncommittedShards();

        public StoredFile ReadFile(int file)
        {
            Files++;
            return ledger.ReadFile(file);
        }

        public IEnumerable<StoredFile> ReadFiles()
        {
            Listings++;
            return ledger.ReadFiles();
        }

        public void Dispose() => ledger.Dispose();
    }
}
