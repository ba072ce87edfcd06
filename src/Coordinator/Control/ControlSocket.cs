using System.Net.Sockets;
using System.Text;
using FineWebTorch.Common;

namespace FineWebTorch.Coordinator.Control;

/// <summary>
/// The socket at which the coordinator of a run takes a person's commands: <c>control.sock</c> in the run folder, or,
/// where that path is too long for a socket or its file system has none, a temporary one that
/// <c>control.path</c> in the run folder names. Nobody but its user may connect.
/// </summary>
internal sealed class ControlSocket : IDisposable
{
    private const string TemporaryPrefix = "fineweb-control-";

    private readonly string _runFolder;

    private ControlSocket(string runFolder, string path, Socket socket) =>
        (_runFolder, Path, Socket) = (runFolder, path, socket);

    public string Path { get; }

    /// <summary>Bound; not listening yet.</summary>
    public Socket Socket { get; }

    /// <summary>Bytes of a socket's path, without the zero at its end, that the system has room for.</summary>
    private static int MostBytes => OperatingSystem.IsMacOS() ? 103 : 107;

    /// <param name="runFolder">Absolute; locked by this process, so that a socket that is there is a dead one's.</param>
    /// <exception cref="IOException">There can be none here.</exception>
    public static ControlSocket Bind(string runFolder)
    {
        Remove(runFolder);
        var path = InRun(runFolder);
        if (Encoding.UTF8.GetByteCount(path) <= MostBytes)
        {
            try
            {
                return new ControlSocket(runFolder, path, BindTo(path));
            }
            catch (SocketException)
            {
                // Not every file system has sockets: a temporary folder's has.
            }
        }

        return BindElsewhere(runFolder);
    }

    /// <returns>Where the socket of a run is; null where there is none.</returns>
    public static string? Find(string runFolder)
    {
        var path = InRun(runFolder);
        if (!File.Exists(path) && File.Exists(NoteOf(runFolder)))
            path = File.ReadAllText(NoteOf(runFolder)).Trim();
        return File.Exists(path) ? path : null;
    }

    public void Dispose()
    {
        Socket.Dispose();
        Remove(_runFolder);
    }

    private static string InRun(string runFolder) => System.IO.Path.Combine(runFolder, "control.sock");

    private static string NoteOf(string runFolder) => System.IO.Path.Combine(runFolder, "control.path");

    private static ControlSocket BindElsewhere(string runFolder)
    {
        // Of this user alone.
        var folder = Directory.CreateTempSubdirectory(TemporaryPrefix).FullName;
        var path = System.IO.Path.Combine(folder, "s");
        try
        {
            var socket = BindTo(path);
            AtomicFile.Write(NoteOf(runFolder), Encoding.UTF8.GetBytes(path + "\n"));
            return new ControlSocket(runFolder, path, socket);
        }
        catch (Exception exception) when (exception is SocketException or ArgumentException)
        {
            Directory.Delete(folder, recursive: true);
            throw new IOException(
                $"no socket can be made in {runFolder} nor in {folder}: {exception.Message}", exception);
        }
    }

    /// <summary>Nobody can connect before it listens, and then its permissions are set.</summary>
    private static Socket BindTo(string path)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Bind(new UnixDomainSocketEndPoint(path));
            if (!OperatingSystem.IsWindows())
                File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static void Remove(string runFolder)
    {
        var note = NoteOf(runFolder);
        if (File.Exists(note) && System.IO.Path.GetDirectoryName(File.ReadAllText(note).Trim()) is { } folder &&
            System.IO.Path.GetFileName(folder).StartsWith(TemporaryPrefix, StringComparison.Ordinal) &&
            Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
        File.Delete(note);
        File.Delete(InRun(runFolder));
    }
}
