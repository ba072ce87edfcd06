using System.Net;
using System.Net.Sockets;

namespace FineWebTorch.Coordinator.Tests.Ssh;

/// <summary>A machine that the system's ssh reaches, by OpenSSH's server on loopback.</summary>
internal sealed class SshServer : Machine
{
    private readonly SshDaemon _daemon;
    private string _configuration = "none";

    private SshServer(SshDaemon daemon, string folder) : base(folder) => _daemon = daemon;

    public override string Line => _daemon.Line;

    public override IReadOnlyList<string> Options =>
        [.. _daemon.ClientOptions.Select(option => option == "-Fnone" ? $"-F{_configuration}" : option)];

    /// <summary>Of clients' connections that others may go through.</summary>
    public IReadOnlyList<string> Sockets => Directory.GetFiles(Path.GetDirectoryName(Home)!, "socket*");

    /// <param name="isIPv6">As far as this machine has it.</param>
    public static async Task<SshServer> StartAsync(bool isIPv6 = false)
    {
        var folder = Directory.CreateTempSubdirectory("machine-").FullName;
        return new SshServer(
            await SshDaemon.StartAsync(
                isIPv6 && HasIPv6() ? "::1" : "127.0.0.1", FreePorts.Take(), $"FINEWEB_SSH_HOME={folder}/home"),
            folder);
    }

    /// <summary>What a person has told ssh for every machine.</summary>
    public Task ConfigureClientAsync(string lines)
    {
        _configuration = In("client");
        return File.WriteAllTextAsync(_configuration, $"{lines}ControlPath {In("socket")}\n");
    }

    public override async Task GoAsync() => await _daemon.DisposeAsync();

    private static bool HasIPv6()
    {
        try
        {
            using var listener = new TcpListener(IPAddress.IPv6Loopback, 0);
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
