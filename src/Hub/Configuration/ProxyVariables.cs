using System.Globalization;
using System.Net;
using FineWebTorch.Common;

namespace FineWebTorch.Hub;

/// <summary>
/// The proxies that the environment names, read as curl and Python's clients read them: <c>https_proxy</c>,
/// <c>http_proxy</c>, <c>all_proxy</c> and <c>no_proxy</c>, in small letters first, then in capitals.
/// </summary>
/// <param name="variable">Reads an environment variable; null where it is not set.</param>
public sealed class ProxyVariables(Func<string, string?> variable) : IWebProxy, ICredentials
{
    private static readonly string[] Names = ["http_proxy", "https_proxy", "all_proxy"];

    /// <summary>Any is set: else the system's own settings count, as on Windows and macOS.</summary>
    public bool AreSet => Names.Any(name => Value(name) is not null);

    ICredentials? IWebProxy.Credentials
    {
        get => this;
        set => throw new NotSupportedException("They are those of the environment.");
    }

    /// <summary>The proxy for an address, and the variable that names it; null where there is none.</summary>
    /// <exception cref="FormatException">What the variable holds is no proxy's address.</exception>
    public NamedProxy? For(Uri url)
    {
        if (IsExcepted(url))
            return null;
        var (name, text) = (Value($"{url.Scheme}_proxy") ?? Value("all_proxy")).GetValueOrDefault();
        if (name is null)
            return null;
        return ProxyAddress.TryParse(text) is { } proxy ? new NamedProxy(name, proxy) : throw new FormatException(
            $"{name}: {ProxyAddress.Hide(text)} is no address of a proxy; write it like http://HOST:PORT");
    }

    Uri? IWebProxy.GetProxy(Uri destination) => For(destination)?.Proxy.Address;

    bool IWebProxy.IsBypassed(Uri host) => For(host) is null;

    NetworkCredential? ICredentials.GetCredential(Uri uri, string authType) => Names
        .Select(Value).OfType<(string Name, string Text)>().Select(set => ProxyAddress.TryParse(set.Text))
        .FirstOrDefault(proxy => proxy?.Credential is not null && proxy.Address == uri)?.Credential;

    /// <summary>
    /// A host in <c>no_proxy</c> stands for all below it too; one may have a port, a wildcard in front, or be a network
    /// such as 10.0.0.0/8; <c>*</c> is everything.
    /// </summary>
    private bool IsExcepted(Uri url)
    {
        var text = Value("no_proxy")?.Text ?? "";
        var host = url.IdnHost.Trim('[', ']');
        return text.Split([',', ' ', '\t'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Any(entry => entry == "*" || Covers(entry, host, url.Port));
    }

    private static bool Covers(string entry, string host, int port)
    {
        if (IPAddress.TryParse(host, out var address))
            return IPNetwork.TryParse(entry, out var network) ? network.Contains(address)
                : IPEndPoint.TryParse(entry, out var end) && end.Address.Equals(address) &&
                    (end.Port == 0 || end.Port == port);
        var colon = entry.LastIndexOf(':');
        if (colon > 0)
        {
            if (entry[(colon + 1)..] != port.ToString(CultureInfo.InvariantCulture))
                return false;
            entry = entry[..colon];
        }

        var name = entry.TrimStart('*').TrimStart('.');
        return name.Length > 0 && (host.Equals(name, StringComparison.OrdinalIgnoreCase) ||
            host.EndsWith($".{name}", StringComparison.OrdinalIgnoreCase));
    }

    private (string Name, string Text)? Value(string name)
    {
        foreach (var spelling in (string[])[name, name.ToUpperInvariant()])
        {
            if (variable(spelling) is { Length: > 0 } text)
                return (spelling, text.Trim());
        }

        return null;
    }
}

/// <param name="Variable">That names it.</param>
public sealed record NamedProxy(string Variable, ProxyAddress Proxy)
{
    public override string ToString() => $"the proxy {Proxy} ({Variable})";
}
