using System.Net;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Coordinator.Scheduling;
using FineWebTorch.Coordinator.Web;

namespace FineWebTorch.Coordinator.Tests.Web;

public sealed class PageApiTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Actions_OfThePage_AreThoseOfTheCommandLine()
    {
        await using var page = await PageHost.StartAsync(_folder);
        await page.EnterAsync();

        Assert.Equal(
            (HttpStatusCode.OK, "paused: workers finish what they hold and get nothing new"),
            await page.ActAsync("/api/pause"));
        Assert.True(page.Run.Core.State.Paused);
        Assert.Equal((HttpStatusCode.OK, "no longer paused"), await page.ActAsync("/api/resume", new { }));
        Assert.Equal((HttpStatusCode.Conflict, "the run is not paused"), await page.ActAsync("/api/resume"));
        Assert.Equal(
            (HttpStatusCode.OK, "0.parquet: is skipped"), await page.ActAsync("/api/files/skip", new { file = "0.parquet" }));
        Assert.Equal(1, page.Run.Core.Files.CountOf(FileCondition.Skipped));
        Assert.Equal(
            (HttpStatusCode.OK, "node-1: is turned away until it is allowed"),
            await page.ActAsync("/api/workers/ban", new { worker = "node-1" }));
        Assert.Equal(
            (HttpStatusCode.OK, "node-1: may work"), await page.ActAsync("/api/workers/allow", new { worker = "node-1" }));
    }

    [Fact]
    public async Task Action_OnAName_IsNotOnAPattern()
    {
        await using var page = await PageHost.StartAsync(_folder);
        await page.EnterAsync();

        var (status, text) = await page.ActAsync("/api/files/skip", new { file = "*" });

        Assert.Equal(HttpStatusCode.Conflict, status);
        Assert.StartsWith("no file that could be skipped matches", text, StringComparison.Ordinal);
        Assert.Equal(0, page.Run.Core.Files.CountOf(FileCondition.Skipped));
    }

    [Fact]
    public async Task Ban_OfANameThatIsAPattern_IsForTheCommandLine()
    {
        await using var page = await PageHost.StartAsync(_folder);
        await page.EnterAsync();

        var (status, text) = await page.ActAsync("/api/workers/ban", new { worker = "node-?" });

        Assert.Equal((HttpStatusCode.Conflict, "node-? would ban others as well: ban it with 'coordinator workers ban'"), (status, text));
        Assert.Empty(page.Run.Ledger.Load()!.Bans);
    }

    [Theory]
    [InlineData("/api/workers/drain", "{\"file\": \"a\"}")]
    [InlineData("/api/workers/drain", "{\"worker\": \"\"}")]
    [InlineData("/api/workers/drain", "{\"worker\": \"a\\u001b[2J\"}")]
    [InlineData("/api/workers/drain", "{\"worker\": 7}")]
    [InlineData("/api/workers/drain", "null")]
    [InlineData("/api/files/retry", "no JSON")]
    public async Task Action_WithoutAName_IsRefused(string path, string body)
    {
        await using var page = await PageHost.StartAsync(_folder);
        await page.EnterAsync();
        var token = (string)(await page.JsonAsync("/api/run"))["csrf"]!;

        using var response = await page.SendAsync(
            HttpMethod.Post, path, body, (PageGate.TokenHeader, token),
            ("Sec-Fetch-Site", "same-origin"));

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
    }

    [Fact]
    public async Task Workers_AreFoundSortedAndShownInPages()
    {
        await using var page = await PageHost.StartAsync(_folder);
        await page.EnterAsync();
        using var first = page.Run.Worker("node-1");
        using var second = page.Run.Worker("node-2");
        using var other = page.Run.Worker("other");
        await first.JoinAsync();
        await second.JoinAsync();
        await other.JoinAsync();
        await page.TickAsync();

        var all = await page.JsonAsync("/api/workers?limit=2&order=desc");
        var found = await page.JsonAsync("/api/workers?find=NODE&offset=1");

        Assert.Equal(3, (int)all["total"]!);
        Assert.Equal(["other", "node-2"], all["items"]!.AsArray().Select(item => (string)item!["name"]!));
        Assert.Equal(2, (int)found["total"]!);
        Assert.Equal(["node-2"], found["items"]!.AsArray().Select(item => (string)item!["name"]!));
        Assert.Equal("idle", (string)found["items"]![0]!["state"]!);
    }

    [Theory]
    [InlineData("/api/workers?sort=colour", "sort=colour: give name, rate, use or state")]
    [InlineData("/api/workers?order=up", "order=up: give asc or desc")]
    [InlineData("/api/workers?offset=-1", "offset=-1: give a whole number from 0 on")]
    [InlineData("/api/workers?limit=many", "limit=many: give a whole number from 0 on")]
    [InlineData("/api/files?state=lost", "state=lost: give waiting, working, building, done, failed or skipped")]
    [InlineData("/api/documents?band=6", "band=6: give a whole number from 0 to 5")]
    [InlineData("/api/documents?count=1000", "count=1000: give a whole number from 0 to 50")]
    [InlineData("/api/events?after=x", "after=x: give a whole number from 0 on")]
    public async Task List_AskedForWrongly_SaysWhatToGive(string path, string error)
    {
        await using var page = await PageHost.StartAsync(_folder);
        await page.EnterAsync();

        using var response = await page.GetAsync(path);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains(
            error, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Events_AfterANumber_AreTheNewerOnes()
    {
        await using var page = await PageHost.StartAsync(_folder);
        await page.EnterAsync();
        page.Events.Observe(new RunEvent.WorkerLeft("a"));
        var number = page.Events.Last;
        page.Events.Observe(new RunEvent.FileFailed("f\u001b[2J.parquet", "it is empty"));

        var events = (await page.JsonAsync($"/api/events?after={number}"))["items"]!.AsArray();

        var told = Assert.Single(events)!;
        Assert.Equal((number + 1, "file_failed"), ((long)told["seq"]!, (string)told["kind"]!));
        Assert.Equal("f?[2J.parquet has failed: it is empty", (string)told["text"]!);
        Assert.Equal("f\u001b[2J.parquet", (string)told["file"]!);
        Assert.Equal(2, (await page.JsonAsync("/api/events"))["items"]!.AsArray().Count);
        Assert.Single((await page.JsonAsync("/api/events?limit=1"))["items"]!.AsArray());
    }

    [Fact]
    public async Task Run_IsWhatDoesNotChange()
    {
        await using var page = await PageHost.StartAsync(_folder, price: 2.5);
        await page.EnterAsync();

        var run = await page.JsonAsync("/api/run");

        Assert.Equal(("a/model", 2.5), ((string)run["model"]!, (double)run["pricePerHour"]!));
        Assert.Equal(Runs.Spec.Keep.ToString(), (string)run["keep"]!);
        Assert.Equal(Runs.Spec.Keep.LowestScore, (double?)run["threshold"]);
        Assert.NotEmpty(run["options"]!.AsObject());
    }
}
