using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace FineWebTorch.Hub;

/// <summary>
/// Keeps connections from being sent to where they have no business: the addresses of files come from the Hub and its
/// storage, and one that names this machine or a private network would have it asked on their behalf. What is looked at
/// is the address that is connected to, once a name has been looked up: a name that stands for another address a moment
/// later is no way around it. Anything on the Internet may be connected to, and what is of the same kind of network as
/// a Hub that one was told to use: who runs a Hub of his own has its storage beside it.
/// </summary>
/// <remarks>
/// Through a proxy it is the proxy that looks names up and connects: there, hosts that stand in the address as numbers
/// (and localhost) are refused all the same, and the rest is up to the proxy. The proxy itself is the user's choice.
/// </remarks>
public sealed class AddressGuard
{
    private readonly ConcurrentDictionary<Uri, bool> _endpoints = new();
    private readonly Func<string, CancellationToken, Task<IPAddress[]>> _lookUp;

    /// <param name="lookUp">Gives a name's addresses; null for the system's own way.</param>
    internal AddressGuard(Func<string, CancellationToken, Task<IPAddress[]>>? lookUp = null) =>
        _lookUp = lookUp ?? Dns.GetHostAddressesAsync;

    /// <summary>A Hub that is used: by its user's word, or a coordinator's to its workers.</summary>
    public void Trust(Uri endpoint) => _endpoints.TryAdd(new Uri(endpoint.GetLeftPart(UriPartial.Authority)), true);

    /// <summary>Whether an address is one of a Hub that is used.</summary>
    internal bool IsEndpoint(Uri url) => _endpoints.Keys.Any(endpoint => SignedUrl.SameOrigin(url, endpoint));

    /// <summary>Looks at an address before anything is sent: all that can be known of one behind a proxy.</summary>
    /// <exception cref="HubException"><see cref="HubErrorKind.ForbiddenAddress"/>.</exception>
    internal async ValueTask DemandAsync(Uri url, CancellationToken cancellationToken)
    {
        if (AddressKinds.OfLiteral(url.IdnHost) is { } kind)
            await DemandAsync(url.Authority, url.IdnHost, kind, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Connects, for <see cref="SocketsHttpHandler.ConnectCallback"/>.</summary>
    internal async ValueTask<Stream> ConnectAsync(
        SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var target = context.DnsEndPoint;
        var url = context.InitialRequestMessage.RequestUri!;
        var isProxy = !target.Host.Equals(url.IdnHost.Trim('[', ']'), StringComparison.OrdinalIgnoreCase) ||
            target.Port != url.Port;
        var found = await _lookUp(target.Host, cancellationToken).ConfigureAwait(false);
        var addresses = isProxy ? found : await AllowedAsync(url, found, cancellationToken).ConfigureAwait(false);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(addresses, target.Port, cancellationToken).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <returns>Those of a name's addresses that may be connected to; one or more, unless there are none.</returns>
    private async ValueTask<IPAddress[]> AllowedAsync(
        Uri url, IPAddress[] addresses, CancellationToken cancellationToken)
    {
        var allowed = new List<IPAddress>();
        foreach (var address in addresses)
        {
            if (await IsAllowedAsync(AddressKinds.Of(address), cancellationToken).ConfigureAwait(false))
                allowed.Add(address);
        }

        if (allowed.Count == 0 && addresses is [var first, ..])
            throw Refusal(url.Authority, first.ToString(), AddressKinds.Of(first));
        return [.. allowed];
    }

    private async ValueTask DemandAsync(
        string authority, string host, AddressKind kind, CancellationToken cancellationToken)
    {
        if (!await IsAllowedAsync(kind, cancellationToken).ConfigureAwait(false))
            throw Refusal(authority, host, kind);
    }

    private async ValueTask<bool> IsAllowedAsync(AddressKind kind, CancellationToken cancellationToken)
    {
        if (kind is AddressKind.Public or AddressKind.Unusable)
            return kind == AddressKind.Public;
        foreach (var endpoint in _endpoints.Keys)
        {
            if (await IsOfKindAsync(endpoint.IdnHost, kind, cancellationToken).ConfigureAwait(false))
                return true;
        }

        return false;
    }

    private async ValueTask<bool> IsOfKindAsync(string host, AddressKind kind, CancellationToken cancellationToken)
    {
        if (AddressKinds.OfLiteral(host) is { } literal)
            return literal == kind;
        try
        {
            var addresses = await _lookUp(host, cancellationToken).ConfigureAwait(false);
            return addresses.Any(address => AddressKinds.Of(address) == kind);
        }
        catch (SocketException)
        {
            // Only a proxy knows it.
            return false;
        }
    }

    private static HubException Refusal(string authority, string address, AddressKind kind) => new(
        HubErrorKind.ForbiddenAddress,
        $"{authority} is not connected to: {address} is an address of {AddressKinds.Describe(kind)}, and the Hub is not " +
        "there; if you run a Hub there, name it by HF_ENDPOINT where the coordinator runs");
}
