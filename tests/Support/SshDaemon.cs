using System.Diagnostics;
using System.Globalization;
using System.Text;
using Xunit;

namespace FineWebTorch.Support;

/// <summary>OpenSSH's server, which lets this user in by a key of its own.</summary>
public sealed class SshDaemon : IAsyncDisposable
{
    private const string Program = "/usr/sbin/sshd";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("sshd-");
    private readonly TaskCompletionSource _listens = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly StringBuilder _log = new();
    private Process _process = null!;

    private SshDaemon(string address, int port)
    {
        var clear = address.Contains(':', StringComparison.Ordinal) ? $"[{address}]" : address;
        Line = string.Create(CultureInfo.InvariantCulture, $"{Environment.UserName}@{clear}:{port}");
    }

    /// <summary>As a file of machines has it.</summary>
    public string Line { get; }

    /// <summary>By which a client knows it and is let in, and nothing of what this user has told ssh.</summary>
    public IReadOnlyList<string> ClientOptions =>
    [
        "-Fnone", $"-i{In("id")}", "-oIdentitiesOnly=yes", $"-oUserKnownHostsFile={In("known_hosts")}",
        "-oStrictHostKeyChecking=yes",
    ];

    /// <summary>Skips the test where Debian's sshd is not installed, or lets nobody in.</summary>
    /// <param name="environment">Of all that it runs: NAME=VALUE.</param>
    /// <param name="launcher">A command that becomes it, as <c>nsenter</c> does.</param>
    public static async Task<SshDaemon> StartAsync(
        string address, int port, string environment, params IReadOnlyList<string> launcher)
    {
        Executables.Demand(File.Exists(Program), "needs Debian's openssh-server, which is not installed");
        Executables.Demand(Environment.UserName == "root", "needs to be root, as whom sshd lets anyone in");
        var daemon = new SshDaemon(address, port);
        await daemon.ConfigureAsync(address, port, environment);
        string[] command = [.. launcher, Program, "-D", "-e", "-f", daemon.In("sshd_config")];
        var start = new ProcessStartInfo(command[0], command[1..]) { RedirectStandardError = true };
        daemon._process = Process.Start(start)!;
        daemon._process.ErrorDataReceived += (_, line) => daemon.Take(line.Data);
        daemon._process.BeginErrorReadLine();
        await Task.WhenAny(
            daemon._listens.Task, daemon._process.WaitForExitAsync(TestContext.Current.CancellationToken));
        Assert.True(daemon._listens.Task.IsCompleted, $"sshd does not start: {daemon._log}");
        return daemon;
    }

    /// <summary>Who is connected stays so.</summary>
    public async Task StopAsync()
    {
        if (!_process.HasExited)
            _process.Kill();
        await _process.WaitForExitAsync(CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _process.Dispose();
        _folder.Delete(recursive: true);
    }

    private async Task ConfigureAsync(string address, int port, string environment)
    {
        foreach (var key in (string[])["host_key", "id"])
            await Executables.OutputOfAsync(new ProcessStartInfo(
                Executables.Require("ssh-keygen"), ["-q", "-t", "ed25519", "-N", "", "-f", In(key)]));
        var hostKey = (await File.ReadAllTextAsync(In("host_key.pub"))).Split(' ');
        await File.WriteAllTextAsync(In("known_hosts"), $"[{address}]:{port} {hostKey[0]} {hostKey[1]}\n");
        await File.WriteAllTextAsync(In("sshd_config"), string.Create(CultureInfo.InvariantCulture, $"""
            Port {port}
            ListenAddress {address}
            HostKey {In("host_key")}
            PidFile none
            AuthorizedKeysFile {In("id.pub")}
            PasswordAuthentication no
            KbdInteractiveAuthentication no
            PermitRootLogin prohibit-password
            UsePAM no
            StrictModes no
            SetEnv {environment}

            """));
        // Where it shuts its unprivileged half in.
        Directory.CreateDirectory("/run/sshd");
    }

    private string In(string name) => Path.Combine(_folder.FullName, name);

    private void Take(string? line)
    {
        if (line is null)
            return;
        _log.AppendLine(line);
        if (line.StartsWith("Server listening on", StringComparison.Ordinal))
            _listens.TrySetResult();
    }
}
