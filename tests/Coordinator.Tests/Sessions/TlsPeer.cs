using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;

namespace FineWebTorch.Coordinator.Tests.Sessions;

/// <summary>A peer that speaks TLS, and within it whatever the test says.</summary>
internal static class TlsPeer
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    /// <summary>A connection whose handshake is over.</summary>
    /// <param name="protocols">Offered (ALPN); none: it does not negotiate.</param>
    /// <exception cref="AuthenticationException">The coordinator does not agree.</exception>
    public static async Task<SslStream> ConnectAsync(
        Uri address, SslProtocols versions, params SslApplicationProtocol[] protocols)
    {
        var client = new TcpClient();
        await client.ConnectAsync(address.Host, address.Port);
        var secured = new SslStream(client.GetStream());
        try
        {
            await secured.AuthenticateAsClientAsync(Options(versions, protocols));
            return secured;
        }
        catch
        {
            await secured.DisposeAsync();
            throw;
        }
    }

    /// <summary>What a client says first.</summary>
    public static async Task<byte[]> HelloAsync()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var client = new TcpClient();
        await client.ConnectAsync((IPEndPoint)listener.LocalEndpoint);
        using var server = await listener.AcceptTcpClientAsync();
        await using var secured = new SslStream(client.GetStream());
        var handshake = secured.AuthenticateAsClientAsync(Options(SslProtocols.Tls13, [SslApplicationProtocol.Http2]));
        var (record, stream) = (new byte[4096], server.GetStream());
        // The head of a record ends with its length.
        await stream.ReadExactlyAsync(record.AsMemory(0, 5));
        var length = 5 + (record[3] << 8) + record[4];
        await stream.ReadExactlyAsync(record.AsMemory(5, length - 5));
        server.Close();
        await Assert.ThrowsAnyAsync<Exception>(() => handshake);
        return record[..length];
    }

    /// <summary>Until the coordinator closes the connection; fails where it does not.</summary>
    public static async Task<string> ReadAllAsync(Stream stream)
    {
        var all = new StringBuilder();
        var buffer = new byte[4096];
        while (await ReadAsync(stream, buffer) is > 0 and var count)
            all.Append(Encoding.ASCII.GetString(buffer, 0, count));
        return all.ToString();
    }

    private static async Task<int> ReadAsync(Stream stream, byte[] buffer)
    {
        try
        {
            return await stream.ReadAsync(buffer).AsTask().WaitAsync(Patience);
        }
        catch (IOException)
        {
            return 0;
        }
    }

    private static SslClientAuthenticationOptions Options(SslProtocols versions, SslApplicationProtocol[] protocols) => new()
    {
        TargetHost = "localhost",
        EnabledSslProtocols = versions,
        ApplicationProtocols = [.. protocols],
        RemoteCertificateValidationCallback = (_, shown, _, _) => shown is not null,
    };
}
