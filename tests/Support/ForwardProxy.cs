using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace FineWebTorch.Support;

/// <summary>A real forward proxy: tunnels for CONNECT, and requests for http addresses, one a connection.</summary>
public sealed class ForwardProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly ConcurrentBag<Task> _connections = [];
    private readonly string? _demanded;
    private readonly Task _accepting;

    /// <param name="userInfo"><c>NAME:PASSWORD</c>, where it is to ask for them.</param>
    public ForwardProxy(string? userInfo = null)
    {
        _demanded = userInfo is null ? null : "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes(userInfo));
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>Host and port.</summary>
    public string Authority => _listener.LocalEndpoint.ToString()!;

    /// <summary>First lines of the requests that were carried out, as <c>CONNECT host:port HTTP/1.1</c>.</summary>
    public ConcurrentQueue<string> Requests { get; } = new();

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Stop();
        await _accepting;
        await Task.WhenAll(_connections);
        _end.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _connections.Add(ServeAsync(await _listener.AcceptSocketAsync(_end.Token)));
        }
        catch (Exception stopped) when (stopped is OperationCanceledException or SocketException)
        {
            // The proxy ends.
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        try
        {
            await using var client = new NetworkStream(socket, ownsSocket: true);
            while (await ReadHeadAsync(client) is { } head)
            {
                if (_demanded is null || head.Contains($"Proxy-Authorization: {_demanded}"))
                {
                    Requests.Enqueue(head[0]);
                    await ForwardAsync(client, head);
                    return;
                }

                await WriteAsync(
                    client, "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"test\"\r\n" +
                    "Content-Length: 0\r\n\r\n");
            }
        }
        catch (Exception ended) when (ended is IOException or SocketException or OperationCanceledException)
        {
            // Either end has gone.
        }
    }

    private async Task ForwardAsync(NetworkStream client, IReadOnlyList<string> head)
    {
        var words = head[0].Split(' ');
        var isTunnel = words[0] == "CONNECT";
        var target = new Uri(isTunnel ? $"http://{words[1]}" : words[1]);
        using var server = new TcpClient();
        await server.ConnectAsync(target.Host, target.Port, _end.Token);
        var stream = server.GetStream();
        if (isTunnel)
            await WriteAsync(client, "HTTP/1.1 200 Connection established\r\n\r\n");
        else
            await WriteAsync(stream, string.Join("\r\n", [
                $"{words[0]} {target.PathAndQuery} HTTP/1.1",
                .. head.Skip(1).Where(line => !line.StartsWith("Proxy-", StringComparison.OrdinalIgnoreCase)),
                "Connection: close", "", ""]));
        await Task.WhenAny(client.CopyToAsync(stream, _end.Token), stream.CopyToAsync(client, _end.Token));
    }

    private async Task WriteAsync(NetworkStream stream, string text) =>
        await stream.WriteAsync(Encoding.ASCII.GetBytes(text), _end.Token);

    /// <returns>Null at the end of the connection.</returns>
    private async Task<IReadOnlyList<string>?> ReadHeadAsync(NetworkStream stream)
    {
        var head = new StringBuilder();
        var next = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            if (await stream.ReadAsync(next, _end.Token) == 0)
                return null;
            head.Append((char)next[0]);
        }

        return head.ToString().Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
    }
}
