using System.Net;
using System.Security.Cryptography;
using System.Text;
using FineWebTorch.Coordinator.Access;
using FineWebTorch.Coordinator.Web;

namespace FineWebTorch.Coordinator.Tests.Web;

public sealed class PageAccessTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("/")]
    [InlineData("/events")]
    [InlineData("/api/run")]
    [InlineData("/api/workers")]
    [InlineData("/api/no-such-thing")]
    public async Task Browser_ThatHasNotBeenLetIn_SeesNothingAndHowToGetIn(string path)
    {
        await using var page = await PageHost.StartAsync(_folder);

        using var response = await page.GetAsync(path);

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.Contains("token web --run", await response.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Code_UsedTwice_LetsOneBrowserIn()
    {
        await using var page = await PageHost.StartAsync(_folder);
        var link = new Uri(page.Server.Invite().Reveal()).PathAndQuery;

        using var first = await page.GetAsync(link);
        using var second = await page.GetAsync(link);

        var cookie = first.Headers.GetValues("Set-Cookie").Single();
        Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("samesite=strict", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("secure", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(HttpStatusCode.Unauthorized, second.StatusCode);
        Assert.False(second.Headers.Contains("Set-Cookie"));
        page.Cookie = cookie.Split(';')[0];
        using var again = await page.GetAsync(link);
        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
        Assert.NotNull(await page.JsonAsync("/api/run"));
    }

    [Fact]
    public async Task Code_ADayLater_IsTooOld()
    {
        await using var page = await PageHost.StartAsync(_folder);
        var link = new Uri(page.Server.Invite().Reveal()).PathAndQuery;
        page.Run.Time.Advance(TimeSpan.FromDays(1));

        using var late = await page.GetAsync(link);

        Assert.Equal(HttpStatusCode.Unauthorized, late.StatusCode);
    }

    [Fact]
    public async Task Cookie_AfterARestart_StillLetsIn_AndAfterAMonthNoMore()
    {
        string cookie;
        await using (var before = await PageHost.StartAsync(_folder))
        {
            await before.EnterAsync();
            cookie = before.Cookie!.Split('=', 2)[1];
        }

        await using var after = await PageHost.StartAsync(_folder);
        after.Cookie = $"fineweb-{after.Address.Port}={cookie}";
        Assert.NotNull(await after.JsonAsync("/api/run"));

        after.Run.Time.Advance(WatchAccess.CookieLife);
        using var late = await after.GetAsync("/api/run");
        Assert.Equal(HttpStatusCode.Unauthorized, late.StatusCode);
    }

    [Fact]
    public async Task Cookie_ChangedInAnyByte_IsNone()
    {
        await using var page = await PageHost.StartAsync(_folder);
        await page.EnterAsync();
        var (name, content) = (page.Cookie!.Split('=', 2)[0], page.Cookie.Split('=', 2)[1]);
        foreach (var place in (int[])[0, 5, 12, 40, content.Length - 2])
        {
            var other = content[place] == 'A' ? 'B' : 'A';
            page.Cookie = $"{name}={content[..place]}{other}{content[(place + 1)..]}";
            using var response = await page.GetAsync("/api/run");
            Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        }
    }

    [Theory]
    [InlineData("evil.example:5091", HttpStatusCode.MisdirectedRequest)]
    [InlineData("127.0.0.1.evil.example", HttpStatusCode.MisdirectedRequest)]
    [InlineData("10.0.0.1", HttpStatusCode.MisdirectedRequest)]
    [InlineData("0.0.0.0", HttpStatusCode.MisdirectedRequest)]
    [InlineData("localhost:9", HttpStatusCode.OK)]
    [InlineData("LOCALHOST", HttpStatusCode.OK)]
    [InlineData("127.0.0.1:9", HttpStatusCode.OK)]
    [InlineData("[::1]:9", HttpStatusCode.OK)]
    public async Task Host_OfALoopbackPage_IsThisMachine(string host, HttpStatusCode expected)
    {
        await using var page = await PageHost.StartAsync(_folder);
        await page.EnterAsync();

        using var response = await page.GetAsync("/api/run", ("Host", host));
        using var entry = await page.GetAsync("/enter?code=x", ("Host", host));

        Assert.Equal(expected, response.StatusCode);
        Assert.Equal(expected, entry.StatusCode);
    }

    [Theory]
    [InlineData("cross-site", HttpStatusCode.Forbidden)]
    [InlineData("same-site", HttpStatusCode.Forbidden)]
    [InlineData("none", HttpStatusCode.OK)]
    [InlineData("same-origin", HttpStatusCode.OK)]
    public async Task Data_AskedForByAnotherSite_IsRefused(string site, HttpStatusCode expected)
    {
        await using var page = await PageHost.StartAsync(_folder);
        await page.EnterAsync();

        using var response = await page.GetAsync("/api/run", ("Sec-Fetch-Site", site));

        Assert.Equal(expected, response.StatusCode);
    }

    [Theory]
    [InlineData(null, "own", "same-origin", HttpStatusCode.Forbidden)]
    [InlineData("wrong", "own", "same-origin", HttpStatusCode.Forbidden)]
    [InlineData("right", "https://evil.example", "same-origin", HttpStatusCode.Forbidden)]
    [InlineData("right", "null", null, HttpStatusCode.Forbidden)]
    [InlineData("right", "own", "cross-site", HttpStatusCode.Forbidden)]
    [InlineData("right", "own", "same-site", HttpStatusCode.Forbidden)]
    [InlineData("right", null, null, HttpStatusCode.Forbidden)]
    [InlineData("right", "own", null, HttpStatusCode.OK)]
    [InlineData("right", null, "same-origin", HttpStatusCode.OK)]
    [InlineData("right", "own", "same-origin", HttpStatusCode.OK)]
    public async Task Change_WithoutThePagesOwnToken_IsRefused(
        string? token, string? origin, string? site, HttpStatusCode expected)
    {
        await using var page = await PageHost.StartAsync(_folder);
        await page.EnterAsync();
        var right = (string)(await page.JsonAsync("/api/run"))["csrf"]!;
        (string, string)[] headers =
        [
            .. token is null ? [] : ((string, string)[])[(PageGate.TokenHeader, token == "right" ? right : new string('A', 43))],
            .. origin is null ? [] : ((string, string)[])[("Origin", origin == "own"
                ? page.Address.GetLeftPart(UriPartial.Authority) : origin)],
            .. site is null ? [] : ((string, string)[])[("Sec-Fetch-Site", site)],
        ];

        using var response = await page.SendAsync(HttpMethod.Post, "/api/pause", content: null, headers);

        Assert.Equal(expected, response.StatusCode);
        Assert.Equal(expected == HttpStatusCode.OK, page.Run.Ledger.Load()!.Paused);
    }

    [Fact]
    public async Task Token_OfAnotherBrowser_IsRefused()
    {
        await using var page = await PageHost.StartAsync(_folder);
        await page.EnterAsync();
        var other = (string)(await page.JsonAsync("/api/run"))["csrf"]!;
        page.Cookie = null;
        await page.EnterAsync();

        using var response = await page.SendAsync(
            HttpMethod.Post, "/api/pause", content: null, (PageGate.TokenHeader, other), ("Sec-Fetch-Site", "same-origin"));

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
    }

    [Fact]
    public async Task EveryAnswer_TellsTheBrowserWhatItMayLoad()
    {
        await using var page = await PageHost.StartAsync(_folder);
        await page.EnterAsync();
        using var shown = await page.GetAsync("/");
        page.Cookie = null;
        var html = await shown.Content.ReadAsStringAsync(Token);
        foreach (var path in (string[])["/", "/api/run", "/enter?code=x", "/no-such-thing"])
        {
            using var response = await page.GetAsync(path);
            Assert.Equal(
                $"default-src 'none'; script-src 'self' '{DigestOf("script", html)}'; " +
                $"style-src 'self' '{DigestOf("style", html)}'; connect-src 'self'; img-src 'self' data:; " +
                "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
                response.Headers.GetValues("Content-Security-Policy").Single());
            Assert.Equal("nosniff", response.Headers.GetValues("X-Content-Type-Options").Single());
            Assert.Equal("no-referrer", response.Headers.GetValues("Referrer-Policy").Single());
        }
    }

    [Fact]
    public async Task Page_OnOtherAddresses_SpeaksTlsAndItsCookieTravelsEncryptedAlone()
    {
        var access = new AccessFolder(_folder["access"]);
        SelfSignedCertificate.Prepare(access, IPAddress.Any, TimeProvider.System);
        var certificate = new ServerCertificate(access.Certificate, access.Key, TimeProvider.System, _ => { });
        await using var page = await PageHost.StartAsync(_folder, certificate);

        using var entered = await page.GetAsync(new Uri(page.Server.Invite().Reveal()).PathAndQuery);

        Assert.Equal("https", page.Address.Scheme);
        Assert.Contains("secure", entered.Headers.GetValues("Set-Cookie").Single(), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Page_WithoutEncryptionOnOtherAddresses_ChangesNothing()
    {
        await using var page = await PageHost.StartAsync(_folder, mayAct: false);
        await page.EnterAsync();

        Assert.False((bool)(await page.JsonAsync("/api/run"))["canAct"]!);
        Assert.Equal(HttpStatusCode.NotFound, (await page.ActAsync("/api/pause")).Status);
    }

    private static string DigestOf(string element, string html)
    {
        var content = html.Split($"<{element}>")[1].Split($"</{element}>")[0];
        return "sha256-" + Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(content)));
    }
}
