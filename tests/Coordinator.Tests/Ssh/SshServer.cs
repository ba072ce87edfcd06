using System.Diagnostics;
using System.Net.Sockets;

namespace FineWebTorch.Coordinator.Tests.Ssh;

/// <summary>OpenSSH's server on loopback, which lets this user in by a key of its own.</summary>
internal sealed class SshServer : Machine
{
    private readonly Process _process;
    private readonly int _port;

    private SshServer(Process process, string folder, int port) : base(folder) => (_process, _port) = (process, port);

    public override string Line => $"{Environment.UserName}@127.0.0.1:{_port}";

    /// <summary>By which it is known and lets in.</summary>
    public override IReadOnlyList<string> Options =>
    [
        "-Fnone", $"-i{In("id")}", "-oIdentitiesOnly=yes", $"-oUserKnownHostsFile={In("known_hosts")}",
        "-oStrictHostKeyChecking=yes",
    ];

    public static async Task<SshServer> StartAsync()
    {
        Assert.SkipUnless(File.Exists("/usr/sbin/sshd"), "needs Debian's openssh-server, which is not installed");
        Assert.SkipUnless(Environment.UserName == "root", "needs root, as whom sshd lets anyone in");
        var folder = Directory.CreateTempSubdirectory("sshd-").FullName;
        string In(string name) => Path.Combine(folder, name);
        var port = FreePorts.Take();
        foreach (var key in (string[])["host_key", "id"])
            await Executables.OutputOfAsync(new ProcessStartInfo(
                Executables.Require("ssh-keygen"), ["-q", "-t", "ed25519", "-N", "", "-f", In(key)]));
        File.Copy(In("id.pub"), In("authorized_keys"));
        var hostKey = (await File.ReadAllTextAsync(In("host_key.pub"))).Split(' ');
        await File.WriteAllTextAsync(In("known_hosts"), $"[127.0.0.1]:{port} {hostKey[0]} {hostKey[1]}\n");
        await File.WriteAllTextAsync(In("sshd_config"), $"""
            Port {port}
            ListenAddress 127.0.0.1
            HostKey {In("host_key")}
            PidFile {In("sshd.pid")}
            AuthorizedKeysFile {In("authorized_keys")}
            PasswordAuthentication no
            KbdInteractiveAuthentication no
            PermitRootLogin prohibit-password
            UsePAM no
            StrictModes no
            SetEnv FINEWEB_SSH_HOME={In("home")}

            """);
        Directory.CreateDirectory("/run/sshd");
        var process = Process.Start(new ProcessStartInfo(
            "/usr/sbin/sshd", ["-D", "-f", In("sshd_config"), "-E", In("sshd.log")]))!;
        while (!await ListensAsync(port))
            Assert.False(process.HasExited, "sshd does not start");
        return new SshServer(process, folder, port);
    }

    public override async Task GoAsync()
    {
        if (!_process.HasExited)
            _process.Kill();
        await _process.WaitForExitAsync();
    }

    private static async Task<bool> ListensAsync(int port)
    {
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync("127.0.0.1", port, TestContext.Current.CancellationToken);
            return true;
        }
        catch (SocketException)
        {
            await Task.Delay(20, TestContext.Current.CancellationToken);
            return false;
        }
    }
}
