using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using FineWebTorch.Coordinator.Console;
using FineWebTorch.Coordinator.Tests.Sessions;
using FineWebTorch.Coordinator.Web;
using Microsoft.AspNetCore.Http;

namespace FineWebTorch.Coordinator.Tests.Web;

public sealed class SnapshotFeedTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Watcher_IsToldAtOnce_EachSecond_AndOfTheEnd()
    {
        await using var page = await PageHost.StartAsync(_folder);
        await page.EnterAsync();
        await page.TickAsync();
        using var response = await page.GetAsync("/events");
        using var events = new StreamReader(await response.Content.ReadAsStreamAsync(Token));

        Assert.Equal("text/event-stream", response.Content.Headers.ContentType!.MediaType);
        Assert.Equal("retry: 1000", await events.ReadLineAsync(Token));
        await events.ReadLineAsync(Token);
        var (name, first) = await EventAsync(events);
        Assert.Equal(("snapshot", 1, "running"), (name, (double)first["elapsedSeconds"]!, (string)first["state"]!));
        await page.TickAsync();
        Assert.Equal(2, (double)(await EventAsync(events)).Content["elapsedSeconds"]!);
        Assert.Equal(2, (int)first["files"]!["all"]!);
        Assert.Equal(2, (int)first["files"]!["waiting"]!);
        Assert.Equal(201, (int)first["bytes"]!["all"]!);

        await page.Server.EndAsync("finished", "it is over");

        var (last, farewell) = await EventAsync(events);
        Assert.Equal(("gone", "finished", "it is over"), (last, (string)farewell["state"]!, (string)farewell["reason"]!));
        Assert.Equal("\n", await events.ReadToEndAsync(Token));
    }

    [Fact]
    public async Task Coordinator_ThatEndsOtherwise_SaysGoodbyeToo()
    {
        var page = await PageHost.StartAsync(_folder);
        await page.EnterAsync();
        await page.TickAsync();
        using var response = await page.GetAsync("/events");
        using var events = new StreamReader(await response.Content.ReadAsStreamAsync(Token));
        await EventAsync(events);

        await page.DisposeAsync();

        Assert.Contains("event: gone\ndata: {\"state\":\"stopped\"", await events.ReadToEndAsync(Token), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Watchers_HoweverMany_AreSentWhatIsWrittenOnce()
    {
        await using var page = await PageHost.StartAsync(_folder);
        await page.EnterAsync();
        await page.TickAsync();
        var watchers = new List<StreamReader>();
        for (var i = 0; i < 10; i++)
            watchers.Add(new StreamReader(await (await page.GetAsync("/events")).Content.ReadAsStreamAsync(Token)));
        foreach (var watcher in watchers)
            await EventAsync(watcher);

        await page.TickAsync();
        foreach (var watcher in watchers)
            Assert.Equal(2, (double)(await EventAsync(watcher)).Content["elapsedSeconds"]!);

        Assert.Equal((10, 2), (page.Feed.Watchers, page.Feed.Written));
    }

    [Fact]
    public async Task Watchers_MoreThanMay_AreToldSo()
    {
        await using var page = await PageHost.StartAsync(_folder, watchers: 1);
        await page.EnterAsync();
        await page.TickAsync();
        using var first = await page.GetAsync("/events");

        using var second = await page.GetAsync("/events");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, second.StatusCode);
        Assert.Contains("1 watch already", await second.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
        Assert.Equal(1, page.Feed.Watchers);
    }

    [Fact]
    public async Task Watcher_ThatTakesNothing_IsCutAndNothingIsKeptForIt()
    {
        await using var run = await RunHost.StartAsync(_folder, 8);
        await using var watch = new RunWatch(ending => run.Loop.SnapshotAsync(ending), new RateMeter(), run.Time);
        await using var feed = new SnapshotFeed(watch, _ => "a snapshot", run.Time);
        var body = new StuckBody();
        var cut = new TaskCompletionSource();
        var context = new DefaultHttpContext();
        context.Features.Set<Microsoft.AspNetCore.Http.Features.IHttpRequestLifetimeFeature>(new Lifetime(cut, body));
        context.Response.Body = body;

        var watching = feed.SendAsync(context);
        await body.Stuck.Task.WaitAsync(Token);
        // Meanwhile the run goes on, and nothing of it is written for who does not take it.
        for (var second = 1; second < feed.TakeTime.TotalSeconds; second++)
        {
            run.Time.Advance(TimeSpan.FromSeconds(1));
            Assert.False(cut.Task.IsCompleted);
        }

        run.Time.Advance(TimeSpan.FromSeconds(1));
        await cut.Task.WaitAsync(Token);
        await watching;

        Assert.Equal((0, 0), (feed.Watchers, feed.Written));
    }

    [Fact]
    public async Task Watcher_ThatHasGone_IsForgotten()
    {
        await using var page = await PageHost.StartAsync(_folder);
        await page.EnterAsync();
        using (var client = new TcpClient())
        {
            await client.ConnectAsync(page.Address.Host, page.Address.Port, Token);
            var stream = client.GetStream();
            await stream.WriteAsync(Encoding.ASCII.GetBytes(
                $"GET /events HTTP/1.1\r\nHost: {page.Address.Authority}\r\nCookie: {page.Cookie}\r\n\r\n"), Token);
            while (page.Feed.Watchers == 0)
                await Task.Yield();
        }

        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (page.Feed.Watchers > 0)
        {
            await page.TickAsync();
            patience.Token.ThrowIfCancellationRequested();
        }
    }

    /// <summary>The next event; what stands before it is left out.</summary>
    private static async Task<(string Name, JsonNode Content)> EventAsync(StreamReader events)
    {
        const string name = "event: ", data = "data: ";
        string? line;
        while ((line = await events.ReadLineAsync(Token)) is not null && !line.StartsWith(name, StringComparison.Ordinal))
        {
        }

        var content = (await events.ReadLineAsync(Token))!;
        return (line![name.Length..], JsonNode.Parse(content[data.Length..])!);
    }

    private sealed class Lifetime(TaskCompletionSource cut, StuckBody body)
        : Microsoft.AspNetCore.Http.Features.IHttpRequestLifetimeFeature
    {
        public CancellationToken RequestAborted { get; set; } = body.Aborted.Token;

        public void Abort()
        {
            body.Aborted.Cancel();
            cut.TrySetResult();
        }
    }

    /// <summary>Takes nothing, as a connection whose other end reads nothing.</summary>
    private sealed class StuckBody : MemoryStream
    {
        public TaskCompletionSource Stuck { get; } = new();

        public CancellationTokenSource Aborted { get; } = new();

        public override async ValueTask WriteAsync(
            ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Stuck.TrySetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
        }
    }
}
