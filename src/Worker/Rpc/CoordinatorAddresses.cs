using System.Net.Sockets;
using FineWebTorch.Common;

namespace FineWebTorch.Worker.Rpc;

/// <summary>
/// Where a coordinator may be: one, and others that take its place. They are tried one after another, first the one after
/// the last that has answered.
/// </summary>
/// <param name="all">One at least, all http or all https.</param>
internal sealed class CoordinatorAddresses(params IReadOnlyList<Uri> all)
{
    private static readonly TimeSpan PatienceWithOne = TimeSpan.FromSeconds(10);

    private int _current;

    private IReadOnlyList<Uri> All { get; } = all;

    /// <summary>What the keys of all of them are known by, see <see cref="JoinToken.Pin"/>.</summary>
    public string? Pin { get; init; }

    public bool AreEncrypted => All[0].Scheme == Uri.UriSchemeHttps;

    /// <summary>The one that is tried first.</summary>
    public Uri Current => All[_current];

    public bool AreSeveral => All.Count > 1;

    /// <summary>For a connection to any of them.</summary>
    public TimeSpan Patience => PatienceEach * (All.Count + 1);

    /// <summary>A machine that has vanished must not keep us long from the next.</summary>
    private TimeSpan PatienceEach => AreSeveral ? PatienceWithOne / 2 : PatienceWithOne;

    /// <param name="text">https://HOST:PORT or, in a list, HOST:PORT, separated by commas.</param>
    /// <param name="encrypts">What addresses without a scheme mean.</param>
    /// <exception cref="FormatException">It is something else.</exception>
    public static CoordinatorAddresses Parse(string text, bool encrypts = false)
    {
        var parts = text.Split(',', StringSplitOptions.TrimEntries);
        var scheme = encrypts ? Uri.UriSchemeHttps : Uri.UriSchemeHttp;
        var all = parts.Select(part => ParseOne(
            parts.Length == 1 || part.Contains("://", StringComparison.Ordinal) ? part : $"{scheme}://{part}")).ToList();
        return all.All(one => one.Scheme == all[0].Scheme)
            ? new CoordinatorAddresses(all)
            : throw new FormatException("give all addresses as http:// or all as https://");
    }

    /// <summary>The same addresses, known by a key.</summary>
    public CoordinatorAddresses KnownBy(string? pin) => new(All) { Pin = pin };

    /// <summary>Whether one of them is that of another coordinator, or of several.</summary>
    public bool Overlap(CoordinatorAddresses others) => All.Intersect(others.All).Any();

    /// <summary>Whether one of them is this coordinator's, which may be called by several names.</summary>
    public bool Include(CoordinatorNotice notice) => notice.Reachable is { } there && All.Any(one =>
        one.Scheme == there.Scheme && one.Port == there.Port &&
        (one.Host == there.Host || (one.IsLoopback && there.IsLoopback) ||
            string.Equals(one.Host, notice.Host, StringComparison.OrdinalIgnoreCase)));

    /// <summary>The ports, where all of them are on this machine and nowhere else; else none.</summary>
    public IReadOnlyList<int> LocalPorts => All.All(one => one.IsLoopback) ? [.. All.Select(one => one.Port)] : [];

    /// <summary>What answered there does not any more, or does not take us: another one is tried first from now on.</summary>
    public void Pass() => _current = (_current + 1) % All.Count;

    /// <summary>A connection to the first that accepts one.</summary>
    /// <exception cref="IOException">None does; the error is of the one that was tried first.</exception>
    public async ValueTask<Stream> ConnectAsync(ProxyAddress? proxy, CancellationToken cancellation)
    {
        IOException? first = null;
        for (var i = 0; i < All.Count; i++)
        {
            var index = (_current + i) % All.Count;
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            patience.CancelAfter(PatienceEach);
            try
            {
                var stream = await ConnectAsync(All[index], proxy, patience.Token);
                var secured = await CoordinatorTls.SecureAsync(stream, All[index], Pin, patience.Token);
                _current = index;
                return secured;
            }
            catch (Exception failure) when (failure is IOException or SocketException ||
                (failure is OperationCanceledException && !cancellation.IsCancellationRequested))
            {
                var reason = failure is OperationCanceledException ? "no answer" : failure.Message;
                first ??= failure as WrongPeerException ?? new IOException(reason, failure);
            }
        }

        throw first!;
    }

    public override string ToString() =>
        string.Join(',', All.Select(one => AreSeveral ? one.GetLeftPart(UriPartial.Authority) : one.ToString()));

    /// <summary>As <see cref="Parse"/> reads it.</summary>
    public string Write() => string.Join(',', All.Select(one => one.GetLeftPart(UriPartial.Authority)));

    private static async Task<Stream> ConnectAsync(Uri coordinator, ProxyAddress? proxy, CancellationToken cancellation)
    {
        if (proxy is not null)
            return await new ProxyTunnel(proxy).ConnectAsync(coordinator.Host, coordinator.Port, cancellation);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(coordinator.IdnHost, coordinator.Port, cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static Uri ParseOne(string text)
    {
        const string example = "https://head:5090";
        return Uri.TryCreate(text, UriKind.Absolute, out var uri) &&
            (uri.Scheme == Uri.UriSchemeHttp || uri.Scheme == Uri.UriSchemeHttps) && uri.PathAndQuery == "/"
            ? uri
            : throw new FormatException($"not an address; write it like {example}, or a list like a:5090,b:5090");
    }
}
