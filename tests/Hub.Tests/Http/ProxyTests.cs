using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace FineWebTorch.Hub.Tests;

/// <summary>Requests that go through a real forward proxy, and those that do not.</summary>
public sealed class ProxyTests
{
    private const string Password = "p%40ss-that-no-log-may-show";

    [Fact]
    public async Task Http_ProxyNamed_GoesThroughItAndNothingElseDoes()
    {
        await using var hub = await EmulatedHub.StartAsync();
        await using var proxy = new ForwardProxy();
        var client = hub.NewClient(transport: Through(hub, ("http_proxy", $"http://{proxy.Authority}")));

        await client.GetInfoAsync(EmulatedHub.Repository);

        Assert.StartsWith($"GET {hub.Server.Url}api/datasets/", Assert.Single(proxy.Requests), StringComparison.Ordinal);
        await hub.NewClient(transport: Through(
            hub, ("HTTP_PROXY", $"http://{proxy.Authority}"), ("NO_PROXY", "127.0.0.0/8")))
            .GetInfoAsync(EmulatedHub.Repository);
        Assert.Single(proxy.Requests);
    }

    [Fact]
    public async Task Https_ProxyNamed_GoesThroughATunnelWithNameAndPassword()
    {
        await using var proxy = new ForwardProxy("me:p@ss-that-no-log-may-show");
        using var certificate = SelfSigned();
        using var server = new TcpListener(IPAddress.Loopback, 0);
        server.Start();
        var serving = ServeOnceAsync(server, certificate);
        var options = Options(("ALL_PROXY", $"me:{Password}@{proxy.Authority}"));
        using var transport = new HubTransport(options with
        {
            Handler = guard =>
            {
                var handler = HubTransport.SocketHandler(options, guard);
                handler.SslOptions.RemoteCertificateValidationCallback = (_, shown, _, _) =>
                    shown?.GetCertHashString() == certificate.GetCertHashString();
                return handler;
            },
        });
        transport.Guard.Trust(new Uri($"https://{server.LocalEndpoint}"));
        using var request = new HttpRequestMessage(HttpMethod.Get, $"https://{server.LocalEndpoint}/");

        using var answer = await transport.SendAsync(request, null, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
        Assert.Equal($"CONNECT {server.LocalEndpoint} HTTP/1.1", Assert.Single(proxy.Requests));
        await serving;
    }

    [Theory]
    [InlineData("http", "", "asks for a name and password: http_proxy=http://NAME:PASSWORD@HOST:PORT")]
    [InlineData("https", "", "asks for a name and password: https_proxy=http://NAME:PASSWORD@HOST:PORT")]
    [InlineData("http", "me:wrong-password@", "does not take the name and password in its address")]
    [InlineData("https", "me:wrong-password@", "does not take the name and password in its address")]
    public async Task Password_MissingOrWrong_IsSaidAtOnceAndNotShown(string scheme, string userInfo, string says)
    {
        await using var proxy = new ForwardProxy("me:right-password");
        await using var hub = await EmulatedHub.StartAsync();
        var client = hub.NewClient(
            options => options with { Endpoint = new Uri($"{scheme}://hub.example"), Token = null },
            Through(hub, ($"{scheme}_proxy", $"http://{userInfo}{proxy.Authority}")));

        var error = await Assert.ThrowsAsync<HubException>(() => client.GetInfoAsync(EmulatedHub.Repository));

        Assert.Equal(HubErrorKind.ProxyRefused, error.Kind);
        Assert.Contains($"hub.example", error.Message, StringComparison.Ordinal);
        Assert.Contains($"the proxy http://{proxy.Authority} ({scheme}_proxy) {says}", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("wrong-password", error.ToString(), StringComparison.Ordinal);
        // Another attempt would be refused as well.
        Assert.Empty(hub.Time.Delays);
    }

    [Fact]
    public async Task Proxy_NotThere_IsNamedWithoutItsPassword()
    {
        await using var hub = await EmulatedHub.StartAsync();
        var client = hub.NewClient(transport: Through(hub, ("http_proxy", $"http://me:{Password}@127.0.0.1:1")));

        var error = await Assert.ThrowsAsync<HubException>(() => client.GetInfoAsync(EmulatedHub.Repository));

        Assert.Contains("through the proxy http://127.0.0.1:1 (http_proxy): ", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("no-log-may-show", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Proxy_NoAddress_IsRefusedByItsVariable()
    {
        await using var hub = await EmulatedHub.StartAsync();
        var client = hub.NewClient(transport: Through(hub, ("HTTP_PROXY", $"ftp://me:{Password}@proxy")));

        var error = await Assert.ThrowsAsync<FormatException>(() => client.GetInfoAsync(EmulatedHub.Repository));

        Assert.Contains(
            "HTTP_PROXY: ftp://…@proxy is no address of a proxy; write it like http://HOST:PORT", error.Message,
            StringComparison.Ordinal);
    }

    private static HubTransport Through(EmulatedHub hub, params (string Name, string Value)[] variables) =>
        hub.NewTransport(options => options with { Proxies = Options(variables).Proxies });

    private static HubTransportOptions Options(params (string Name, string Value)[] variables) => new()
    {
        Proxies = new ProxyVariables(name => variables.FirstOrDefault(variable => variable.Name == name).Value),
    };

    private static X509Certificate2 SelfSigned()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256)
            .CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(200));
    }

    private static async Task ServeOnceAsync(TcpListener server, X509Certificate2 certificate)
    {
        using var connection = await server.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
        await using var stream = new SslStream(connection.GetStream());
        await stream.AuthenticateAsServerAsync(certificate);
        Assert.NotEqual(0, await stream.ReadAsync(new byte[4096], TestContext.Current.CancellationToken));
        await stream.WriteAsync(
            Encoding.ASCII.GetBytes("HTTP/1.1 204 No Content\r\n\r\n"), TestContext.Current.CancellationToken);
    }
}
