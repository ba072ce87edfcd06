using System.Net;

namespace FineWebTorch.Hub.Tests;

public sealed class ProxyVariablesTests
{
    [Theory]
    [InlineData("https://hub/", "https_proxy=http://a:1", "http://a:1 by https_proxy")]
    [InlineData("https://hub/", "HTTPS_PROXY=http://a:1", "http://a:1 by HTTPS_PROXY")]
    [InlineData("https://hub/", "HTTPS_PROXY=http://b:1 https_proxy=http://a:1", "http://a:1 by https_proxy")]
    [InlineData("https://hub/", "http_proxy=http://a:1", null)]
    [InlineData("http://hub/", "http_proxy=a:3128", "http://a:3128 by http_proxy")]
    [InlineData("http://hub/", "http_proxy=a", "http://a by http_proxy")]
    [InlineData("http://hub/", "http_proxy=http://me:pw@a:1/", "http://a:1 by http_proxy")]
    [InlineData("https://hub/", "all_proxy=socks5h://a:1080", "socks5://a:1080 by all_proxy")]
    [InlineData("https://hub/", "ALL_PROXY=http://b:1 HTTPS_PROXY=http://a:1", "http://a:1 by HTTPS_PROXY")]
    [InlineData("https://hub/", "HTTPS_PROXY=", null)]
    [InlineData("https://hub/", "", null)]
    public void For_TheSchemeOfTheAddress_IsWhatTheVariablesSay(string url, string set, string? expected)
    {
        var found = Read(set).For(new Uri(url));
        Assert.Equal(expected, found is null ? null : $"{found.Proxy} by {found.Variable}");
    }

    [Theory]
    [InlineData("hub.example", "hub.example", true)]
    [InlineData("HUB.example", "hub.EXAMPLE", true)]
    [InlineData("cdn.hub.example", "hub.example", true)]
    [InlineData("cdn.hub.example", ".hub.example", true)]
    [InlineData("cdn.hub.example", "*.hub.example", true)]
    [InlineData("myhub.example", "hub.example", false)]
    [InlineData("hub.example", "cdn.hub.example", false)]
    [InlineData("hub.example", "other,hub.example", true)]
    [InlineData("hub.example", " other , hub.example ", true)]
    [InlineData("hub.example", "*", true)]
    [InlineData("hub.example:8443", "hub.example:8443", true)]
    [InlineData("hub.example", "hub.example:8443", false)]
    [InlineData("10.1.2.3", "10.0.0.0/8", true)]
    [InlineData("11.1.2.3", "10.0.0.0/8", false)]
    [InlineData("10.1.2.3", "10.1.2.3", true)]
    [InlineData("10.1.2.3:5000", "10.1.2.3:5001", false)]
    [InlineData("[::1]", "::1", true)]
    [InlineData("hub.example", "", false)]
    public void For_AHostInNoProxy_IsNone(string host, string exceptions, bool excepted)
    {
        foreach (var name in (string[])["no_proxy", "NO_PROXY"])
        {
            var proxies = new ProxyVariables(asked => asked == name ? exceptions : asked == "https_proxy" ? "a:1" : null);
            Assert.Equal(excepted, proxies.For(new Uri($"https://{host}/")) is null);
        }
    }

    [Fact]
    public void Credentials_OfTheProxy_AreDecodedAndInNoText()
    {
        var proxies = Read("https_proxy=http://m%40e:p%3Aw@a:1");
        var proxy = proxies.For(new Uri("https://hub/"))!;

        var credential = ((ICredentials)proxies).GetCredential(proxy.Proxy.Address, "Basic")!;

        Assert.Equal(("m@e", "p:w"), (credential.UserName, credential.Password));
        Assert.Null(((ICredentials)proxies).GetCredential(new Uri("http://b:1"), "Basic"));
        Assert.Equal("the proxy http://a:1 (https_proxy)", proxy.ToString());
    }

    private static ProxyVariables Read(string set) => new(name => set.Split(' ')
        .Select(variable => variable.Split('=', 2)).FirstOrDefault(pair => pair[0] == name)?[1]);
}
