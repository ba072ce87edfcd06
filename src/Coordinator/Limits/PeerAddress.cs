using System.Net;

namespace FineWebTorch.Coordinator.Limits;

/// <summary>Whom a limit of an address is of.</summary>
internal static class PeerAddress
{
    private const int BytesOfNetwork = 8;

    /// <summary>
    /// An IPv4 address; of IPv6 the first 64 bits, as one machine has all addresses below them; for peers of this machine
    /// without an address, none.
    /// </summary>
    public static IPAddress GroupOf(EndPoint? peer)
    {
        if (peer is not IPEndPoint { Address: var address })
            return IPAddress.None;
        if (address.IsIPv4MappedToIPv6)
            return address.MapToIPv4();
        if (address.AddressFamily != System.Net.Sockets.AddressFamily.InterNetworkV6 || IPAddress.IsLoopback(address))
            return address;
        var bytes = address.GetAddressBytes();
        bytes.AsSpan(BytesOfNetwork).Clear();
        return new IPAddress(bytes);
    }
}
