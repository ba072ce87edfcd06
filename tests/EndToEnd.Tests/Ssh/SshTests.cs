using System.Diagnostics;
using System.Globalization;
using FineWebTorch.EndToEnd.Tests.Faults;
using FineWebTorch.FaultyWorker;

namespace FineWebTorch.EndToEnd.Tests.Ssh;

/// <summary>
/// A machine with a network, processes and a home of its own, which sees no folder of the coordinator's: ssh brings it
/// all that it needs.
/// </summary>
public sealed class SshTests : IDisposable
{
    private const int Copies = 4;

    private readonly RunFolder _folder = new(Copies);
    private readonly string _home;

    public SshTests() => _home = _folder.NewFolder("home");

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private string Programs => Path.Combine(_home, ".cache", "fineweb-torch", "programs");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Workers_OneKilledAndTheirKeeperToo_FinishToTheBytesOfAnUndisturbedRun()
    {
        await using var network = await NetworkPair.MakeAsync();
        var undisturbed = await Undisturbed.Of(Copies);
        await using var coordinator = ProgramProcess.StartThrough(
            network.Head.Launcher, network.Head.Environment, "coordinator",
            // On a busy machine, too, nobody but the one that is killed is to be taken for dead: manifests tell it.
            _folder.Arguments(
                FaultRun.Name, "--listen", $"{NetworkPair.Address}:0", "--settle", "100ms", "--heartbeat-timeout", "20s"));
        await coordinator.WorkerArgumentsAsync();
        await using var machine = await StartMachineAsync(network);
        var command = await CommandAsync(machine);
        await using (var first = Keep(network, command))
        {
            await first.LineWithAsync(": has the programs");
            await first.LineWithAsync("2 workers on 1 machine");
            first.Signal("KILL");
            await first.ExitAsync();
        }

        await UntilAsync(() => Workers().Length == 2);
        var workers = Workers();
        await using var keeper = Keep(network, command);
        await keeper.LineWithAsync("2 workers on 1 machine");
        Assert.DoesNotContain("has the programs", keeper.Errors, StringComparison.Ordinal);
        Assert.Equal(workers, Workers());
        await coordinator.LineWithAsync(" is done: ");
        using (var worker = Process.GetProcessById(workers[0]))
            worker.Kill();
        await keeper.LineWithAsync("ended, exit code 137");
        await UntilAsync(() => Workers() is [_, _] now && !now.Contains(workers[0]));
        Assert.False(coordinator.HasEnded, "the run was over before all had been done to it");

        _folder.ReleaseBrake();
        Assert.True(await coordinator.ExitAsync() == 0, coordinator.Errors);
        Assert.True(await keeper.ExitAsync() == 0, keeper.Errors);
        Assert.Empty(Workers());
        undisturbed.DemandEqual(RunFolder.ContentsOf(_folder.Output(FaultRun.Name)));
        Assert.Equal(0, _folder.Summary(FaultRun.Name).GetProperty("files_failed").GetArrayLength());
        DemandLogs(Path.Combine(_folder.Run(FaultRun.Name), "ssh", machine.Line.Replace(':', '_')));
        Assert.Empty(
            Directory.EnumerateFiles(Path.Combine(Programs, "..", "runs"), "join", SearchOption.AllDirectories));
    }

    /// <summary>All that runs on it ends with it.</summary>
    private Task<SshDaemon> StartMachineAsync(NetworkPair network) => SshDaemon.StartAsync(
        // The other end of the pair.
        "10.99.0.2", 2222, $"HOME={_home}",
        [
            .. network.Workers.Launcher, "unshare", "--pid", "--fork", "--kill-child", "--mount-proc",
            .. _folder.Elsewhere(FaultRun.Name),
        ]);

    /// <summary>What keeps workers on the machine; its line says that it has two GPUs.</summary>
    private async Task<string[]> CommandAsync(SshDaemon machine)
    {
        var hosts = Path.Combine(_folder.Root, "hosts.txt");
        await File.WriteAllTextAsync(hosts, $"{machine.Line} gpus=2\n", Cancelled);
        return
        [
            "workers", "ssh", hosts, "--run", _folder.Run(FaultRun.Name), "--programs", await PackAsync(),
            "--interval", "1s", .. machine.ClientOptions.Select(option => $"--ssh={option}"),
        ];
    }

    private static ProgramProcess Keep(NetworkPair network, string[] command) =>
        ProgramProcess.StartThrough(network.Head.Launcher, network.Head.Environment, "coordinator", command);

    /// <summary>
    /// An archive of the worker, for GPUs that are none, with a link to its libraries: the machine sees them already.
    /// </summary>
    private async Task<string> PackAsync()
    {
        var top = Path.Combine(_folder.NewFolder("stage"), "fineweb-torch");
        var bin = Directory.CreateDirectory(Path.Combine(top, "bin"));
        Directory.CreateSymbolicLink(
            Path.Combine(top, "app"), Path.GetDirectoryName(ProgramProcess.PathOf("faultyWorker"))!);
        var worker = Path.Combine(bin.FullName, "worker");
        await File.WriteAllTextAsync(worker, $"""
            #!/bin/sh
            [ "$1" = --gpu ] || exit 2
            shift 2
            export {FaultyDevice.Variable}='{_folder.Braked(100).ToJson()}' DOTNET_TieredPGO=0
            app=$(dirname "$(readlink -f "$0")")/../app
            exec '{Executables.Require("dotnet")}' "$app/faultyWorker.dll" --device cpu --threads 1 "$@"

            """.ReplaceLineEndings("\n"), Cancelled);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(worker, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        var archive = Path.Combine(_folder.Root, "fineweb-torch.tar.gz");
        await Executables.OutputOfAsync(new ProcessStartInfo(
            "tar", ["-czf", archive, "-C", Path.GetDirectoryName(top)!, Path.GetFileName(top)]));
        return archive;
    }

    /// <summary>Numbers, as this machine counts, of the other one's processes that are workers.</summary>
    private int[] Workers() =>
    [
        .. Directory.EnumerateDirectories("/proc").Where(IsWorker)
            .Select(process => int.Parse(Path.GetFileName(process), CultureInfo.InvariantCulture)).Order(),
    ];

    /// <summary>Not the shell that waits for it, which has the same words behind its own.</summary>
    private bool IsWorker(string process)
    {
        try
        {
            return File.ReadAllText(Path.Combine(process, "cmdline")).Split('\0') is [_, var program, ..] &&
                program.StartsWith(Programs, StringComparison.Ordinal) &&
                program.EndsWith("faultyWorker.dll", StringComparison.Ordinal);
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            // It has ended, or is none: other names stand there too.
            return false;
        }
    }

    private static async Task UntilAsync(Func<bool> reached)
    {
        while (!reached())
            await Task.Delay(50, Cancelled);
    }

    private static void DemandLogs(string folder)
    {
        Assert.Equal(
            ["0.log", "1.log"],
            Directory.GetFiles(folder).Select(log => Path.GetFileName(log)).Order(StringComparer.Ordinal));
        foreach (var log in Directory.GetFiles(folder))
        {
            var text = File.ReadAllText(log);
            Assert.Contains($"connected to https://{NetworkPair.Address}:", text, StringComparison.Ordinal);
            Assert.Contains(" scored here", text, StringComparison.Ordinal);
        }
    }
}
