using System.Net;
using System.Net.Sockets;

namespace FineWebTorch.Support;

/// <summary>
/// Ports that a program is told to listen on, some time after they were looked for. They lie below those that systems give to
/// whoever asks for any (Linux from 32,768 on): one of these may have gone to a connection by then.
/// </summary>
public static class FreePorts
{
    /// <returns>The first of some that follow each other; of 127.0.0.1.</returns>
    public static int Take(int count = 1)
    {
        for (var first = Random.Shared.Next(12_000, 30_000); ; first += count)
        {
            if (Enumerable.Range(first, count).All(IsFree))
                return first;
        }
    }

    private static bool IsFree(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
