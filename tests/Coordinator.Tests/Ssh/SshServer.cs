using System.Diagnostics;
using System.Net.Sockets;

namespace FineWebTorch.Coordinator.Tests.Ssh;

/// <summary>OpenSSH's server on loopback, which lets this user in by a key of its own, as a machine with a folder of its own.</summary>
internal sealed class SshServer : IAsyncDisposable
{
    /// <summary>It has keys in it, which are nobody's secret.</summary>
    private readonly string _folder;
    private readonly Process _process;

    private SshServer(Process process, string folder, int port) => (_process, _folder, Port) = (process, folder, port);

    public int Port { get; }

    /// <summary>Where the machine keeps programs and runs.</summary>
    public string Home => Path.Combine(_folder, "home");

    public string HostsLine => $"{Environment.UserName}@127.0.0.1:{Port}";

    /// <summary>By which it is known and lets in.</summary>
    public IReadOnlyList<string> Options =>
    [
        "-Fnone", $"-i{Path.Combine(_folder, "id")}", "-oIdentitiesOnly=yes",
        $"-oUserKnownHostsFile={Path.Combine(_folder, "known_hosts")}",
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

    /// <summary>What its workers were started with, and whether they live.</summary>
    public IReadOnlyList<int> Workers => [.. Directory.Exists(Home)
        ? Directory.EnumerateFiles(Home, "*.pid", SearchOption.AllDirectories)
            .Select(file => int.Parse(File.ReadAllText(file), System.Globalization.CultureInfo.InvariantCulture))
            .Where(id => File.Exists($"/proc/{id}/cmdline"))
        : []];

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        foreach (var id in Workers)
            await Executables.RunAsync(new ProcessStartInfo("kill", ["-KILL", $"{id}"]));
        Directory.Delete(_folder, recursive: true);
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
