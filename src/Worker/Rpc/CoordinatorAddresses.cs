using System.Net.Sockets;
using FineWebTorch.Common;

namespace FineWebTorch.Worker.Rpc;

/// <summary>
/// Where a coordinator may be: one, and others that take its place. They are tried one after another, first the one after
/// the last that has answered.
/// </summary>
/// <param name="all">One at least, all http.</param>
internal sealed class CoordinatorAddresses(params IReadOnlyList<Uri> all)
{
    private static readonly TimeSpan PatienceWithOne = TimeSpan.FromSeconds(10);

    private int _current;

    /// <summary>The one that is tried first.</summary>
    public Uri Current => all[_current];

    public bool AreSeveral => all.Count > 1;

    /// <summary>For a connection to any of them.</summary>
    public TimeSpan Patience => PatienceEach * (all.Count + 1);

    /// <summary>A machine that has vanished must not keep us long from the next.</summary>
    private TimeSpan PatienceEach => AreSeveral ? PatienceWithOne / 2 : PatienceWithOne;

    /// <returns>Null for none.</returns>
    public static CoordinatorAddresses? Of(Uri? one) => one is null ? null : new CoordinatorAddresses(one);

    /// <param name="text">http://HOST:PORT or, in a list, HOST:PORT, separated by commas.</param>
    /// <exception cref="FormatException">It is something else.</exception>
    public static CoordinatorAddresses Parse(string text)
    {
        var parts = text.Split(',', StringSplitOptions.TrimEntries);
        return new CoordinatorAddresses([.. parts.Select(part => ParseOne(
            parts.Length == 1 || part.Contains("://", StringComparison.Ordinal) ? part : $"http://{part}"))]);
    }

    /// <summary>What answered there does not any more, or does not take us: another one is tried first from now on.</summary>
    public void Pass() => _current = (_current + 1) % all.Count;

    /// <summary>A connection to the first that accepts one.</summary>
    /// <exception cref="IOException">None does; the error is of the one that was tried first.</exception>
    public async ValueTask<Stream> ConnectAsync(ProxyAddress? proxy, CancellationToken cancellation)
    {
        IOException? first = null;
        for (var i = 0; i < all.Count; i++)
        {
            var index = (_current + i) % all.Count;
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            patience.CancelAfter(PatienceEach);
            try
            {
                var stream = await ConnectAsync(all[index], proxy, patience.Token);
                _current = index;
                return stream;
            }
            catch (Exception failure) when (failure is IOException or SocketException ||
                (failure is OperationCanceledException && !cancellation.IsCancellationRequested))
            {
                var reason = failure is OperationCanceledException ? "no answer" : failure.Message;
                first ??= new IOException(reason, failure);
            }
        }

        throw first!;
    }

    public override string ToString() =>
        string.Join(',', all.Select(one => AreSeveral ? one.GetLeftPart(UriPartial.Authority) : one.ToString()));

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
        const string example = "http://127.0.0.1:5090";
        var isUri = Uri.TryCreate(text, UriKind.Absolute, out var uri);
        if (isUri && uri!.Scheme == Uri.UriSchemeHttps)
            throw new FormatException("TLS is not supported yet; use http://");
        return isUri && uri!.Scheme == Uri.UriSchemeHttp && uri.PathAndQuery == "/"
            ? uri
            : throw new FormatException($"not an address; write it like {example}, or a list like a:5090,b:5090");
    }
}
