using System.Globalization;
using System.Net.Sockets;
using System.Text;
using FineWebTorch.Common;

namespace FineWebTorch.Worker.Rpc;

/// <summary>
/// A connection through a forward proxy, made by CONNECT. .NET's own handler asks a proxy for a tunnel only for https,
/// and would speak HTTP/1.1 to it for http, which gRPC cannot do.
/// </summary>
internal sealed class ProxyTunnel(ProxyAddress proxy)
{
    private const int LongestHead = 16 << 10;

    /// <exception cref="IOException">The proxy is not there, or refuses the tunnel.</exception>
    public async ValueTask<Stream> ConnectAsync(string host, int port, CancellationToken cancellation)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(proxy.Address.Host, proxy.Address.Port, cancellation);
            var stream = new NetworkStream(socket, ownsSocket: true);
            var target = string.Create(CultureInfo.InvariantCulture, $"{host}:{port}");
            await stream.WriteAsync(Encoding.ASCII.GetBytes(Request(target)), cancellation);
            var status = await ReadStatusAsync(stream, cancellation);
            return status.Split(' ') is [_, "200", ..] ? stream : throw new IOException(
                $"the proxy {proxy} refuses a tunnel to {target}: {status}" + Advice(status));
        }
        catch (SocketException failure)
        {
            socket.Dispose();
            throw new IOException($"the proxy {proxy} cannot be reached: {failure.Message}", failure);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private string Request(string target)
    {
        var request = new StringBuilder($"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n");
        if (proxy.Credential is { } known)
        {
            var basic = Convert.ToBase64String(Encoding.UTF8.GetBytes($"{known.UserName}:{known.Password}"));
            request.Append(CultureInfo.InvariantCulture, $"Proxy-Authorization: Basic {basic}\r\n");
        }

        return request.Append("\r\n").ToString();
    }

    private string Advice(string status) => !status.Contains(" 407", StringComparison.Ordinal) ? ""
        : proxy.Credential is null ? "; give --proxy http://NAME:PASSWORD@HOST:PORT"
        : "; it does not take the name and password of --proxy";

    /// <summary>The first line of the answer, which is read to the end of its head and not a byte further.</summary>
    private static async Task<string> ReadStatusAsync(NetworkStream stream, CancellationToken cancellation)
    {
        var head = new StringBuilder();
        var next = new byte[1];
        while (head.Length < LongestHead && !head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            if (await stream.ReadAsync(next, cancellation) == 0)
                return "it closed the connection";
            head.Append((char)next[0]);
        }

        return head.ToString().Split('\r')[0];
    }
}
