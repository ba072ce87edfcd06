using System.Net;

namespace FineWebTorch.Common;

/// <summary>How a server that may listen on all of a machine's addresses is reached.</summary>
public static class ListenAddress
{
    /// <summary>By programs on this machine: 0.0.0.0 and [::] are no addresses to call.</summary>
    public static Uri OnThisMachine(Uri bound) => WildcardOf(bound) switch
    {
        { } host when host.Equals(IPAddress.Any) => WithHost(bound, "127.0.0.1"),
        not null => WithHost(bound, "[::1]"),
        null => bound,
    };

    /// <summary>By other machines: where it listens on all addresses, by its machine's name.</summary>
    /// <param name="host">Its machine; null for this one.</param>
    public static Uri ForOthers(Uri bound, string? host = null) =>
        WildcardOf(bound) is null ? bound : WithHost(bound, host ?? Dns.GetHostName());

    private static IPAddress? WildcardOf(Uri bound) =>
        IPAddress.TryParse(bound.Host.Trim('[', ']'), out var host) &&
        (host.Equals(IPAddress.Any) || host.Equals(IPAddress.IPv6Any))
            ? host
            : null;

    private static Uri WithHost(Uri bound, string host) => new UriBuilder(bound) { Host = host }.Uri;
}
