using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using FineWebTorch.Coordinator.Access;
using FineWebTorch.Coordinator.Console;
using FineWebTorch.Coordinator.Control;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Coordinator.Tests.Sessions;
using FineWebTorch.Coordinator.Verification;
using FineWebTorch.Coordinator.Web;
using FineWebTorch.Hub;

namespace FineWebTorch.Coordinator.Tests.Web;

/// <summary>The page of a run of a coordinator that listens on ports of its own, on a clock that the test moves.</summary>
internal sealed class PageHost : IAsyncDisposable
{
    private static readonly Lazy<HubAccess> NoHub = new(() => throw new InvalidOperationException("no Hub in this test"));

    private readonly PageServer _server;
    private readonly HttpClient _client;

    private PageHost(RunHost run, RunWatch watch, EventHistory events, SnapshotFeed feed, PageServer server)
    {
        (Run, Watch, Events, Feed, _server) = (run, watch, events, feed, server);
        _client = new HttpClient(new SocketsHttpHandler
        {
            UseCookies = false,
            AllowAutoRedirect = false,
            SslOptions = { RemoteCertificateValidationCallback = (_, shown, _, _) => shown is not null },
        })
        {
            BaseAddress = server.Address,
        };
    }

    public RunHost Run { get; }

    public RunWatch Watch { get; }

    public EventHistory Events { get; }

    public SnapshotFeed Feed { get; }

    public PageServer Server => _server;

    public Uri Address => _server.Address;

    /// <summary>As a browser sends it that has been let in; null before <see cref="EnterAsync"/>.</summary>
    public string? Cookie { get; set; }

    public static async Task<PageHost> StartAsync(
        TemporaryFolder folder, ServerCertificate? certificate = null, double? price = null, bool mayAct = true,
        IPAddress? listen = null, int watchers = 64, long[]? rowsOfFiles = null)
    {
        var run = await RunHost.StartAsync(folder, rowsOfFiles ?? [8, 8]);
        var watch = new RunWatch(ending => run.Loop.SnapshotAsync(ending), new RateMeter(price), run.Time);
        var events = new EventHistory(new Nobody(), run.Time);
        var feed = new SnapshotFeed(
            watch, progress => PageSnapshot.Of(progress, run.Time.GetUtcNow(), events.Last), run.Time)
        {
            Most = watchers,
        };
        var facts = new RunFacts(run.Core, run.Places.RunFolder, "coordinator run", price, mayAct);
        var desk = new ControlDesk(
            (request, token) => run.Loop.AskAsync<ControlAnswer>(
                answer => new RunCommand.Control(request, answer), token),
            (_, _) => Task.FromResult<Coordinator.Ledger.LedgerChange.FileReplaced?>(null));
        var server = await PageServer.StartAsync(
            new IPEndPoint(listen ?? IPAddress.Loopback, 0), certificate, new PageParts(
                WatchAccess.Of(run.Places.RunFolder, run.Time), feed, new PageApi(
                    watch, events, feed, facts, desk, new FileList(run.Loop, run.Ledger, Runs.Spec),
                    new DocumentSamples(run.Loop, run.Ledger, Runs.Spec, new RowFiles(NoHub, Runs.Spec), _ => 0)),
                run.Guard.WrongTokens, PageGate.AdviceOf(run.Places.RunFolder)));
        return new PageHost(run, watch, events, feed, server);
    }

    /// <summary>What a person clicks on is opened.</summary>
    public async Task EnterAsync()
    {
        using var entered = await GetAsync(new Uri(_server.Invite().Reveal()).PathAndQuery);
        Assert.Equal(HttpStatusCode.OK, entered.StatusCode);
        Cookie = entered.Headers.GetValues("Set-Cookie").Single().Split(';')[0];
    }

    public Task<HttpResponseMessage> GetAsync(string path, params (string Name, string Value)[] headers) =>
        SendAsync(HttpMethod.Get, path, content: null, headers);

    public async Task<JsonNode> JsonAsync(string path)
    {
        using var response = await GetAsync(path);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return JsonNode.Parse(await response.Content.ReadAsStringAsync(Token))!;
    }

    /// <summary>As the page itself asks for a change.</summary>
    public async Task<(HttpStatusCode Status, string Text)> ActAsync(string path, object? body = null)
    {
        var token = (string)(await JsonAsync("/api/run"))["csrf"]!;
        using var response = await SendAsync(
            HttpMethod.Post, path, body, (PageGate.TokenHeader, token), ("Origin", Address.GetLeftPart(UriPartial.Authority)),
            ("Sec-Fetch-Site", "same-origin"));
        var answer = JsonNode.Parse(await response.Content.ReadAsStringAsync(Token))!;
        return (response.StatusCode, (string)(answer["text"] ?? answer["error"])!);
    }

    /// <param name="content">Text as it is, anything else as JSON.</param>
    public async Task<HttpResponseMessage> SendAsync(
        HttpMethod method, string path, object? content, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path);
        if (content is not null)
            request.Content = new StringContent(
                content as string ?? JsonSerializer.Serialize(content), Encoding.UTF8, "application/json");
        if (Cookie is not null)
            request.Headers.Add("Cookie", Cookie);
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        return await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Token);
    }

    /// <summary>A second passes, and the run is looked at.</summary>
    public async Task TickAsync()
    {
        var next = Watch.NextAsync(Token);
        Run.Time.Advance(RunWatch.Interval);
        await next;
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _server.DisposeAsync();
        await Watch.DisposeAsync();
        await Run.DisposeAsync();
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private sealed class Nobody : IRunObserver
    {
        public void Observe(RunEvent happened)
        {
        }
    }
}
