using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Text;

namespace FineWebTorch.Coordinator.Tests.Ledger;

/// <summary>Passes connections on to a port of this machine and breaks them on command.</summary>
internal sealed class TcpRelay : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly int _port;
    private (byte[] Word, bool Delivered)? _cut;

    /// <param name="port">To which connections go.</param>
    public TcpRelay(int port)
    {
        _port = port;
        _listener.Start();
        _ = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Breaks the connection over which a word is sent next, once.</summary>
    /// <param name="delivered">The server has got it and answered; only the answer is lost. Else nothing arrives.</param>
    public void CutAt(string word, bool delivered) => _cut = (Encoding.ASCII.GetBytes(word), delivered);

    public void Dispose() => _listener.Dispose();

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _ = ServeAsync(await _listener.AcceptTcpClientAsync());
        }
        catch (Exception ended) when (ended is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using var server = new TcpClient();
        using (client)
        {
            await server.ConnectAsync(IPAddress.Loopback, _port);
            var (near, far) = (client.GetStream(), server.GetStream());
            var answering = new StrongBox<bool>(true);
            var back = AnswerAsync(far, near, answering);
            var buffer = new byte[1 << 16];
            try
            {
                for (int count; (count = await near.ReadAsync(buffer)) > 0;)
                {
                    if (_cut is { } cut && buffer.AsSpan(0, count).IndexOf(cut.Word) >= 0)
                    {
                        _cut = null;
                        answering.Value = false;
                        if (cut.Delivered)
                        {
                            await far.WriteAsync(buffer.AsMemory(0, count));
                            await back;
                        }

                        return;
                    }

                    await far.WriteAsync(buffer.AsMemory(0, count));
                }
            }
            catch (Exception broken) when (broken is IOException or SocketException or ObjectDisposedException)
            {
                // One side has gone; so does the other.
            }
        }
    }

    /// <summary>Ends with the first answer that is not to be passed on.</summary>
    private static async Task AnswerAsync(NetworkStream far, NetworkStream near, StrongBox<bool> answering)
    {
        var buffer = new byte[1 << 16];
        try
        {
            for (int count; (count = await far.ReadAsync(buffer)) > 0 && answering.Value;)
                await near.WriteAsync(buffer.AsMemory(0, count));
        }
        catch (Exception broken) when (broken is IOException or SocketException or ObjectDisposedException)
        {
            // As above.
        }

        near.Close();
    }
}
