using System.Net;
using FineWebTorch.HubEmulator;

namespace FineWebTorch.Hub.Tests;

/// <summary>Addresses that the Hub, its storage or whoever speaks for them names, and that are not connected to.</summary>
public sealed class AddressGuardTests
{
    private const string Name = "data/x.parquet";
    private static readonly byte[] Content = ServerFiles.Bytes(50_000);
    private static readonly Uri WorldWide = new("https://hub.example");

    [Theory]
    [InlineData("10.0.0.1")]
    [InlineData("169.254.169.254")]
    [InlineData("192.168.1.1")]
    [InlineData("[fd00:ec2::254]")]
    [InlineData("[::ffff:10.0.0.1]")]
    [InlineData("[64:ff9b::a00:1]")]
    [InlineData("[2002:a00:1::1]")]
    [InlineData("100.64.0.1")]
    [InlineData("0.0.0.0")]
    [InlineData("[::]")]
    [InlineData("224.0.0.1")]
    public async Task Redirect_OfTheHubToAPrivateAddress_IsNotFollowed(string host)
    {
        await using var hub = await EmulatedHub.StartAsync();
        hub.Put((Name, Content));
        var resolved = await hub.Client.ResolveAsync(EmulatedHub.Repository, "main", Name);
        hub.Server.Faults.Add(Redirecting(RequestKind.ObjectGet, $"http://{host}/x?Signature=s"));
        hub.Client.Transport.Guard.Trust(hub.Server.DataUrl);
        using var reader = hub.Client.OpenReader(resolved);

        var error = await Assert.ThrowsAsync<HubException>(() => reader.ReadAsync(0, new byte[100], default));

        Assert.Equal(HubErrorKind.ForbiddenAddress, error.Kind);
        Assert.Contains($"{host.Trim('[', ']')} is an address of ", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
        // Another attempt would meet the same.
        Assert.Empty(hub.Time.Delays);
    }

    /// <summary>As a name that is looked up anew stands for another address: what counts is what is connected to.</summary>
    [Fact]
    public async Task Name_ThatStandsForThisMachine_IsNotConnectedTo()
    {
        await using var hub = await EmulatedHub.StartAsync();
        using var transport = Looking(("hub.example", "93.184.216.34"), ("storage.example", "127.0.0.1"));
        transport.Guard.Trust(WorldWide);
        using var request = new HttpRequestMessage(HttpMethod.Get, $"http://storage.example:{hub.Server.DataUrl.Port}/");

        var error = await Assert.ThrowsAsync<HubException>(() => transport.SendAsync(request, null, default));

        Assert.Equal(HubErrorKind.ForbiddenAddress, error.Kind);
        Assert.Contains("127.0.0.1 is an address of this machine itself", error.Message, StringComparison.Ordinal);
        Assert.Empty(hub.Log.Entries);
    }

    [Fact]
    public async Task Name_OfTheHubsOwnKindOfNetwork_IsConnectedTo()
    {
        await using var hub = await EmulatedHub.StartAsync();
        using var transport = Looking(("hub.example", "127.0.0.1"), ("storage.example", "127.0.0.1"));
        transport.Guard.Trust(WorldWide);
        using var request = new HttpRequestMessage(HttpMethod.Get, $"http://storage.example:{hub.Server.DataUrl.Port}/");

        using var answer = await transport.SendAsync(request, null, default);

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }

    /// <summary>
    /// A name that is good when it is looked at and another machine's when it is connected to: it is looked up once for
    /// each connection, and what was looked at is what is connected to, of several addresses those that may be.
    /// </summary>
    [Fact]
    public async Task Name_ThatStandsForAnotherAddressEachTime_IsConnectedToWhereItWasLookedAt()
    {
        await using var hub = await EmulatedHub.StartAsync();
        var answers = new Queue<string[]>([["10.0.0.1", "127.0.0.1"], ["10.0.0.1"]]);
        using var transport = new HubTransport(new HubTransportOptions
        {
            LookUp = (_, _) => Task.FromResult<IPAddress[]>([.. answers.Dequeue().Select(IPAddress.Parse)]),
        });
        transport.Guard.Trust(hub.Server.Url);
        async Task<HttpResponseMessage> AskAsync()
        {
            using var request = new HttpRequestMessage(
                HttpMethod.Get, $"http://storage.example:{hub.Server.DataUrl.Port}/");
            request.Headers.ConnectionClose = true;
            return await transport.SendAsync(request, null, default);
        }

        using var answer = await AskAsync();
        var error = await Assert.ThrowsAsync<HubException>(AskAsync);

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Contains("10.0.0.1 is an address of a private network", error.Message, StringComparison.Ordinal);
        Assert.Empty(answers);
    }

    /// <summary>A Hub in a private network gives no leave to ask this machine, nor the clouds' service of credentials.</summary>
    [Theory]
    [InlineData("10.0.0.1", true)]
    [InlineData("fd12::1", true)]
    [InlineData("127.0.0.1", false)]
    [InlineData("169.254.169.254", false)]
    [InlineData("224.0.0.1", false)]
    [InlineData("0.0.0.0", false)]
    public async Task Demand_HubInAPrivateNetwork_AllowsThatAlone(string address, bool allowed)
    {
        var guard = new AddressGuard((_, _) => Task.FromResult<IPAddress[]>([IPAddress.Parse("192.168.3.4")]));
        guard.Trust(WorldWide);
        var host = address.Contains(':', StringComparison.Ordinal) ? $"[{address}]" : address;

        var refusal = await Record.ExceptionAsync(async () => await guard.DemandAsync(new Uri($"http://{host}/"), default));

        Assert.Equal(allowed, refusal is null);
    }

    /// <summary>What is not encrypted carries whole addresses to the proxy: no name has to be looked up here.</summary>
    [Fact]
    public async Task Proxy_LooksNamesUpByItself_ButGetsNoPrivateAddress()
    {
        await using var hub = await EmulatedHub.StartAsync();
        await using var proxy = new ForwardProxy();
        var variables = new ProxyVariables(name => name == "http_proxy" ? $"http://{proxy.Authority}" : null);
        var transport = hub.NewTransport(options => options with { Proxies = variables });
        using var named = new HttpRequestMessage(HttpMethod.Get, $"http://localhost.localdomain.invalid/");
        using var numbered = new HttpRequestMessage(HttpMethod.Get, $"http://10.0.0.1:{hub.Server.DataUrl.Port}/");

        await Record.ExceptionAsync(() => transport.SendAsync(named, null, default));
        var error = await Assert.ThrowsAsync<HubException>(() => transport.SendAsync(numbered, null, default));

        Assert.NotEmpty(proxy.Requests);
        Assert.All(proxy.Requests, line => Assert.Contains("localdomain.invalid", line, StringComparison.Ordinal));
        Assert.Equal(HubErrorKind.ForbiddenAddress, error.Kind);
    }

    [Fact]
    public async Task Redirect_OfStorageToAnotherHost_IsNotFollowed()
    {
        await using var hub = await EmulatedHub.StartAsync();
        hub.Put((Name, Content));
        hub.Server.Faults.Add(Redirecting(
            RequestKind.ObjectGet, $"http://elsewhere.example:{hub.Server.DataUrl.Port}/x?Signature=s"));

        var error = await Assert.ThrowsAsync<HubException>(
            () => hub.NewFetcher().FetchAsync(EmulatedHub.Repository, "main", Name));

        Assert.Equal(HubErrorKind.ForbiddenAddress, error.Kind);
        Assert.Contains("elsewhere.example", error.Message, StringComparison.Ordinal);
        Assert.Contains("which the Hub has not named", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("Signature", error.ToString(), StringComparison.Ordinal);
    }

    /// <summary>The address itself is what lets its holder in: nobody on the way is to read it.</summary>
    [Fact]
    public async Task Redirect_ToAnAddressThatIsNotEncrypted_IsNotFollowed()
    {
        using var handler = new Sending("http://cdn.example/x?Signature=s");
        using var transport = new HubTransport(new HubTransportOptions { Handler = _ => handler });
        using var reader = new RemoteFileReader(
            transport, new RemoteFile(EmulatedHub.Repository, new string('a', 40), Name, new string('b', 64), 100),
            new SignedDownload("https://cdn.example/x?Signature=s", null, NeedsToken: false));

        var error = await Assert.ThrowsAsync<HubException>(() => reader.ReadAsync(0, new byte[100], default));

        Assert.Equal(HubErrorKind.ForbiddenAddress, error.Kind);
        Assert.Contains("cdn.example sends it on to an unencrypted address", error.Message, StringComparison.Ordinal);
        Assert.Equal(1, handler.Requests);
    }

    [Fact]
    public async Task Redirect_OfStorageWithinItsHost_IsFollowed()
    {
        await using var hub = await EmulatedHub.StartAsync();
        hub.Put((Name, Content));
        var url = (await hub.Client.ResolveAsync(EmulatedHub.Repository, "main", Name)).Download.Url;
        hub.Server.Faults.Add(Redirecting(RequestKind.ObjectGet, url));

        var path = await hub.NewFetcher().FetchAsync(EmulatedHub.Repository, "main", Name);

        Assert.Equal(Content, await File.ReadAllBytesAsync(path));
    }

    [Theory]
    [InlineData("http://hub.example")]
    [InlineData("http://10.0.0.1:8080")]
    [InlineData("http://localhost.example")]
    public void Token_ForAnEndpointThatIsNotEncrypted_IsRefusedBeforeAnythingElse(string endpoint)
    {
        using var transport = new HubTransport();
        var options = new HubOptions { Endpoint = new Uri(endpoint), Token = HubToken.From(Secrets.Token) };

        var error = Assert.Throws<FormatException>(() => new HubClient(options, transport));

        Assert.Contains($"HF_ENDPOINT is {endpoint}, which is not encrypted", error.Message, StringComparison.Ordinal);
        _ = new HubClient(options with { Token = null }, transport);
        _ = new HubClient(options with { Endpoint = new Uri("http://127.0.0.1:5000") }, transport);
        _ = new HubClient(options with { Endpoint = new Uri("http://localhost:5000") }, transport);
        _ = new HubClient(options with { Endpoint = new Uri("https://hub.example") }, transport);
        // The last defence, should a client ever be made another way.
        Assert.Null(options.Authorize(new Uri(endpoint)));
    }

    private static HubTransport Looking(params (string Name, string Address)[] names) => new(new HubTransportOptions
    {
        LookUp = (name, _) => Task.FromResult(
            names.Where(known => known.Name == name).Select(known => IPAddress.Parse(known.Address)).ToArray()),
    });

    private static Fault Redirecting(string kind, string location) => new()
    {
        Kind = kind,
        Status = 302,
        Headers = new Dictionary<string, string> { ["Location"] = location },
    };

    private sealed class Sending(string location) : HttpMessageHandler
    {
        public int Requests { get; private set; }

        protected override Task<HttpResponseMessage> SendAsync(
            HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Requests++;
            var answer = new HttpResponseMessage(HttpStatusCode.Found);
            answer.Headers.Location = new Uri(location);
            return Task.FromResult(answer);
        }
    }
}
