using System.Diagnostics;
using System.Globalization;
using Xunit;

namespace FineWebTorch.Support;

/// <summary>A PostgreSQL server of the test's own, in a folder that goes with it; it listens on loopback.</summary>
public sealed class PostgresServer : IDisposable
{
    /// <summary>Who may do everything; needs no password.</summary>
    public const string Owner = "postgres";

    private const string Root = "/usr/lib/postgresql";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly string _programs;
    private readonly string _folder = Directory.CreateTempSubdirectory("fineweb-pg-").FullName;
    private readonly bool _isRoot = Environment.UserName == "root";
    private readonly int _port = FreePorts.Take();
    private Process? _server;

    private PostgresServer(string programs) => _programs = programs;

    public string Address(string user = Owner, string? password = null, string database = "postgres") => string.Create(
        CultureInfo.InvariantCulture,
        $"postgres://{user}{(password is null ? "" : ":" + password)}@127.0.0.1:{_port}/{database}");

    /// <summary>Skips the calling test where PostgreSQL is not installed.</summary>
    /// <param name="authentication">Of all but <see cref="Owner"/>; scram-sha-256 asks for passwords.</param>
    public static PostgresServer Start(string authentication = "trust")
    {
        var programs = Directory.Exists(Root)
            ? Directory.GetDirectories(Root).OrderDescending(StringComparer.Ordinal)
                .Select(version => Path.Combine(version, "bin")).FirstOrDefault(folder => File.Exists(Path.Combine(folder, "initdb")))
            : null;
        Executables.Demand(programs is not null, "needs PostgreSQL, which is not installed (Debian: postgresql)");
        var server = new PostgresServer(programs!);
        server.Create(authentication);
        server.Start();
        return server;
    }

    /// <summary>As when a machine is switched on again.</summary>
    public void Start()
    {
        _server = Run("postgres", "-D", Path.Combine(_folder, "data"), "-k", "", "-c", "listen_addresses=127.0.0.1", "-c",
            "port=" + _port.ToString(CultureInfo.InvariantCulture), "-c", "fsync=off", "-c", "max_connections=60");
        var start = Stopwatch.StartNew();
        while (Execute("pg_isready", "-q", "-h", "127.0.0.1", "-p", _port.ToString(CultureInfo.InvariantCulture)).ExitCode != 0)
        {
            Assert.True(!_server.HasExited && start.Elapsed < Patience, "PostgreSQL did not start");
            Thread.Sleep(20);
        }
    }

    /// <summary>Ends it without a word to anyone, as a power failure does.</summary>
    public void Kill() => End("QUIT");

    /// <summary>Runs a statement as <see cref="Owner"/>.</summary>
    /// <returns>What it gives, without headings.</returns>
    public string Execute(string sql)
    {
        var (exitCode, output) = Execute(
            "psql", "-X", "-A", "-t", "-q", "-h", "127.0.0.1", "-p", _port.ToString(CultureInfo.InvariantCulture), "-U", Owner,
            "-d", "postgres", "-c", sql);
        Assert.True(exitCode == 0, output);
        return output.Trim();
    }

    public void Dispose()
    {
        if (_server is { HasExited: false })
            End("INT");
        _server?.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private void Create(string authentication)
    {
        if (_isRoot)
            Assert.Equal(0, Wait(Process.Start("chown", [Owner, _folder])).ExitCode);
        var (exitCode, output) = Execute(
            "initdb", "-D", Path.Combine(_folder, "data"), "-A", "trust", "-U", Owner, "--no-sync", "--no-instructions", "-E",
            "UTF8", "--locale=C.UTF-8");
        Assert.True(exitCode == 0, output);
        File.WriteAllText(
            Path.Combine(_folder, "data", "pg_hba.conf"),
            $"host all {Owner} 127.0.0.1/32 trust\nhost all all 127.0.0.1/32 {authentication}\n");
    }

    private void End(string signal)
    {
        // To the server itself, which is no longer the child that was started where that changed its user.
        var pid = File.ReadLines(Path.Combine(_folder, "data", "postmaster.pid")).First();
        Assert.Equal(0, Wait(Process.Start("kill", [$"-{signal}", pid])).ExitCode);
        Assert.True(_server!.WaitForExit(Patience), "PostgreSQL did not end");
    }

    private (int ExitCode, string Output) Execute(string program, params string[] arguments)
    {
        using var process = Run(program, arguments);
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        var exitCode = Wait(process).ExitCode;
        return (exitCode, output.Result + errors.Result);
    }

    /// <summary>As the system's user of that name where this process is root, as which it refuses to run.</summary>
    private Process Run(string program, params string[] arguments)
    {
        var path = Path.Combine(_programs, program);
        var start = _isRoot
            ? new ProcessStartInfo(
                "setpriv", ["--reuid=" + Owner, "--regid=" + Owner, "--init-groups", path, .. arguments])
            : new ProcessStartInfo(path, arguments);
        start.RedirectStandardOutput = start.RedirectStandardError = true;
        start.WorkingDirectory = _folder;
        var process = Process.Start(start)!;
        return process;
    }

    private static Process Wait(Process process)
    {
        Assert.True(process.WaitForExit(Patience), "a program of PostgreSQL did not end");
        return process;
    }
}
