using System.Diagnostics;
using System.Globalization;

namespace FineWebTorch.EndToEnd.Tests.Slurm;

/// <summary>
/// The real Slurm, with nodes that are all this machine and GPUs that are none; see <c>cluster.sh</c>. Jobs of its
/// partition <c>high</c> preempt those of <c>low</c>, which come back by themselves.
/// </summary>
internal sealed class SlurmCluster : IAsyncDisposable
{
    private readonly string _folder;
    private readonly Process _script;
    private readonly Task<string> _errors;

    private SlurmCluster(string folder, Process script) =>
        (_folder, _script, _errors) = (folder, script, script.StandardError.ReadToEndAsync());

    /// <summary>By which Slurm's commands find it.</summary>
    public string Configuration => Path.Combine(_folder, "slurm.conf");

    /// <summary>Its controller's own words.</summary>
    public string Log => ReadShared(Path.Combine(_folder, "slurmctld.log"));

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <summary>Skips the test where Slurm is not installed, or where this user may not run it.</summary>
    public static async Task<SlurmCluster> StartAsync(int nodes, int gpusPerNode)
    {
        foreach (var program in (string[])["slurmctld", "slurmd", "sbatch", "munged", "unshare", "setsid"])
            Executables.Require(program);
        Executables.Demand(Environment.UserName == "root", "needs to be root, as whom Slurm's daemons run here");
        var folder = Directory.CreateTempSubdirectory("fineweb-slurm-").FullName;
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(folder, (UnixFileMode)Convert.ToInt32("755", 8));
        var port = FreePorts.Take(nodes + 1);
        var cluster = new SlurmCluster(folder, Process.Start(new ProcessStartInfo(
            "bash",
            [
                Path.Combine(TestData.RepositoryRoot, "tests", "EndToEnd.Tests", "Slurm", "cluster.sh"), folder, $"{nodes}",
                $"{gpusPerNode}", port.ToString(CultureInfo.InvariantCulture),
            ])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!);
        try
        {
            await cluster.AnsweredAsync("ready");
        }
        catch (SlurmSilentException silent)
        {
            await cluster.DisposeAsync();
            Executables.Demand(false, $"needs to be allowed 'unshare --pid' and 'mknod', as root is: {silent.Message}");
        }

        return cluster;
    }

    /// <summary>See <c>cluster.sh</c>.</summary>
    public async Task DoAsync(string command)
    {
        await _script.StandardInput.WriteLineAsync(command);
        await _script.StandardInput.FlushAsync(Cancelled);
        await AnsweredAsync("done");
    }

    /// <summary>One of Slurm's commands, as anybody types it.</summary>
    public async Task<string> RunAsync(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments);
        start.Environment["SLURM_CONF"] = Configuration;
        return await Executables.OutputOfAsync(start);
    }

    /// <summary>Ids of jobs in a state.</summary>
    public async Task<string[]> JobsAsync(string state) =>
        (await RunAsync("squeue", "-h", "-r", "-p", "low", "-t", state, "-o", "%i"))
        .Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Until so many jobs run; nothing else limits it but the test's own time.</summary>
    public async Task UntilRunningAsync(int count)
    {
        while ((await JobsAsync("RUNNING")).Length < count)
            await Task.Delay(200, Cancelled);
    }

    public async ValueTask DisposeAsync()
    {
        _script.StandardInput.Close();
        await _script.WaitForExitAsync(CancellationToken.None).WaitAsync(TimeSpan.FromMinutes(1), CancellationToken.None);
        _script.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task AnsweredAsync(string word)
    {
        while (await _script.StandardOutput.ReadLineAsync(Cancelled) is { } line)
            if (line.StartsWith(word, StringComparison.Ordinal))
                return;
        throw new SlurmSilentException(await _errors);
    }

    private static string ReadShared(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var reader = new StreamReader(file);
        return reader.ReadToEnd();
    }

    private sealed class SlurmSilentException(string errors) : Exception(errors.Trim());
}
