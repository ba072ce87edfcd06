using System.Net.Sockets;
using System.Runtime.InteropServices;
using FineWebTorch.Common;

namespace FineWebTorch.Coordinator.Control;

/// <summary>Who is at the other end of a unix socket.</summary>
internal static class SocketPeer
{
    // Of Linux: asked of a socket, the process, user and group of its other end, four bytes each.
    private const int SocketLevel = 1, PeerCredentials = 17;

    /// <summary>
    /// The other end is this process's user, or root. Also where the system does not tell: then the mode of the socket has
    /// to do.
    /// </summary>
    public static bool MayBeTrusted(Socket socket) =>
        !OperatingSystem.IsLinux() || IsTrusted(UserOf(socket), SystemUser.Id);

    public static bool IsTrusted(uint user, uint current) => user == 0 || user == current;

    private static uint UserOf(Socket socket)
    {
        Span<byte> credentials = stackalloc byte[12];
        socket.GetRawSocketOption(SocketLevel, PeerCredentials, credentials);
        return MemoryMarshal.Read<uint>(credentials[4..]);
    }
}
