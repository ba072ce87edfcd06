using System.Net;
using System.Net.Sockets;

namespace FineWebTorch.Hub;

/// <summary>What kind of network an address is of.</summary>
internal enum AddressKind
{
    /// <summary>Anybody's.</summary>
    Public,

    /// <summary>This machine.</summary>
    Loopback,

    /// <summary>This cable or cell; clouds tell a machine's credentials there.</summary>
    LinkLocal,

    /// <summary>An organisation's own, or a provider's behind its address translation.</summary>
    Private,

    /// <summary>Set aside for measurements; proxies that catch all connections of a machine use it for themselves.</summary>
    Benchmark,

    /// <summary>No single machine's: multicast, documentation, reserved, unspecified.</summary>
    Unusable,
}

/// <summary>Tells the kinds apart, by IANA's registries of special-purpose addresses.</summary>
/// <remarks>https://www.iana.org/assignments/iana-ipv4-special-registry, …/iana-ipv6-special-registry</remarks>
internal static class AddressKinds
{
    private static readonly (IPNetwork Network, AddressKind Kind)[] Version4 = Table(
        ("0.0.0.0/8", AddressKind.Unusable), ("10.0.0.0/8", AddressKind.Private),
        ("100.64.0.0/10", AddressKind.Private), ("127.0.0.0/8", AddressKind.Loopback),
        ("169.254.0.0/16", AddressKind.LinkLocal), ("172.16.0.0/12", AddressKind.Private),
        ("192.0.0.0/24", AddressKind.Unusable), ("192.0.2.0/24", AddressKind.Unusable),
        ("192.88.99.0/24", AddressKind.Unusable), ("192.168.0.0/16", AddressKind.Private),
        ("198.18.0.0/15", AddressKind.Benchmark), ("198.51.100.0/24", AddressKind.Unusable),
        ("203.0.113.0/24", AddressKind.Unusable), ("224.0.0.0/3", AddressKind.Unusable));

    /// <summary>Whatever is in none of them and not global unicast is not in use.</summary>
    private static readonly (IPNetwork Network, AddressKind Kind)[] Version6 = Table(
        ("::1/128", AddressKind.Loopback), ("64:ff9b:1::/48", AddressKind.Private),
        ("2001::/23", AddressKind.Unusable), ("2001:db8::/32", AddressKind.Unusable),
        ("3fff::/20", AddressKind.Unusable), ("fc00::/7", AddressKind.Private),
        ("fe80::/10", AddressKind.LinkLocal), ("fec0::/10", AddressKind.Private));

    /// <summary>Where addresses of version 4 stand within ones of version 6, and at which byte.</summary>
    private static readonly (IPNetwork Network, int At)[] Embedding =
    [
        (IPNetwork.Parse("::/96"), 12), (IPNetwork.Parse("64:ff9b::/96"), 12), (IPNetwork.Parse("2002::/16"), 2),
    ];

    private static readonly IPNetwork GlobalUnicast = IPNetwork.Parse("2000::/3");

    public static AddressKind Of(IPAddress address)
    {
        if (address.AddressFamily == AddressFamily.InterNetwork)
            return Find(Version4, address) ?? AddressKind.Public;
        // First, since networks take these for ones of version 4.
        if (address.IsIPv4MappedToIPv6)
            return Of(address.MapToIPv4());
        // Where an address has a zone, it is none of a network's.
        var plain = new IPAddress(address.GetAddressBytes());
        if (Find(Version6, plain) is { } kind)
            return kind;
        foreach (var (network, at) in Embedding)
        {
            if (network.Contains(plain))
                return Of(new IPAddress(plain.GetAddressBytes().AsSpan(at, 4)));
        }

        return GlobalUnicast.Contains(plain) ? AddressKind.Public : AddressKind.Unusable;
    }

    /// <summary>Of a host that stands in an address as such, or is this machine by name; null for any other name.</summary>
    /// <param name="host">As <see cref="Uri.IdnHost"/> gives it.</param>
    public static AddressKind? OfLiteral(string host)
    {
        host = host.Trim('[', ']').TrimEnd('.');
        if (IPAddress.TryParse(host, out var address))
            return Of(address);
        return host.Equals("localhost", StringComparison.OrdinalIgnoreCase) ||
            host.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase) ? AddressKind.Loopback : null;
    }

    /// <summary>In words: "an address of …".</summary>
    public static string Describe(AddressKind kind) => kind switch
    {
        AddressKind.Public => "the Internet",
        AddressKind.Loopback => "this machine itself",
        AddressKind.LinkLocal => "the link alone (link-local)",
        AddressKind.Private => "a private network",
        AddressKind.Benchmark => "a network for measurements",
        _ => "no machine (multicast or reserved)",
    };

    private static AddressKind? Find((IPNetwork Network, AddressKind Kind)[] table, IPAddress address)
    {
        foreach (var (network, kind) in table)
        {
            if (network.Contains(address))
                return kind;
        }

        return null;
    }

    private static (IPNetwork Network, AddressKind Kind)[] Table(params (string Network, AddressKind Kind)[] rows) =>
        [.. rows.Select(row => (IPNetwork.Parse(row.Network), row.Kind))];
}
