using System.Text.RegularExpressions;
using FineWebTorch.EndToEnd.Tests.Faults;
using FineWebTorch.FaultyWorker;

namespace FineWebTorch.EndToEnd.Tests.Slurm;

/// <summary>Workers as jobs of the real Slurm, which takes them away in every way that it has.</summary>
public sealed partial class SlurmTests : IDisposable
{
    private const int Copies = 4;
    private const int Gpus = 4;
    private const int Preemptions = 20;

    private readonly RunFolder _folder = new(Copies);
    private readonly string _starts;
    private readonly string _worker;

    public SlurmTests()
    {
        _starts = Path.Combine(_folder.Root, "starts");
        _worker = Path.Combine(_folder.Root, "worker");
        WriteWorker();
    }

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    [LongTest(20)]
    public async Task Workers_PreemptedCancelledAndLost_FinishToTheBytesOfAnUndisturbedRun()
    {
        await using var cluster = await SlurmCluster.StartAsync(nodes: 2, Gpus);
        var undisturbed = await Undisturbed.Of(Copies);
        await using var coordinator = ProgramProcess.Start(
            "coordinator", _folder.Arguments(FaultRun.Name, "--listen", "0.0.0.0:0", "--settle", "100ms"));
        var port = new Uri((await coordinator.WorkerArgumentsAsync())[^1]).Port;
        string[] eight = ["--count", "8", "--coordinator", $"https://127.0.0.1:{port}"];
        await using (var killed = Slurm(cluster, eight))
        {
            await killed.LineWithAsync("submitted 8 jobs");
            killed.Signal("KILL");
            await killed.ExitAsync();
        }

        await using var keeper = Slurm(cluster, eight);
        await keeper.LineWithAsync("found 8 jobs of this run");
        await cluster.UntilRunningAsync(2 * Gpus);
        await UntilAsync(() => Task.FromResult(File.Exists(_starts) && File.ReadLines(_starts).Count() >= 2 * Gpus));
        // Each has a GPU of its own.
        Assert.Equal(2 * Gpus, File.ReadLines(_starts).Take(2 * Gpus).Distinct().Count());

        await PreemptAsync(cluster);
        await cluster.RunAsync("scancel", (await cluster.JobsAsync("RUNNING"))[..2]);
        await keeper.LineWithAsync("ended (CANCELLED)");
        // What Slurm tells a worker a minute before its time is over.
        await cluster.RunAsync("scancel", "--signal=USR1", "--batch", await NewcomerAtWorkAsync(keeper));
        await keeper.LineWithAsync("ended (COMPLETED)");
        await cluster.DoAsync("stop");
        await keeper.LineWithAsync("Slurm has to be asked again");
        await cluster.DoAsync("start");
        await keeper.LineWithAsync("Slurm does as it is asked again");
        await cluster.DoAsync("kill n2");
        await UntilAsync(async () => (await cluster.JobsAsync("RUNNING")).Length <= Gpus);
        await cluster.DoAsync("boot n2");
        await cluster.UntilRunningAsync(2 * Gpus);
        await ChangeAsync(cluster, 3);
        await keeper.LineWithAsync("ending 5 jobs");
        await ChangeAsync(cluster, 8);
        await cluster.UntilRunningAsync(5);
        Assert.False(coordinator.HasEnded, "the run was over before all had been done to it");

        _folder.ReleaseBrake();
        Assert.True(await coordinator.ExitAsync() == 0, coordinator.Errors);
        Assert.True(await keeper.ExitAsync() == 0, keeper.Errors);
        while ((await cluster.JobsAsync("PENDING,RUNNING,COMPLETING")).Length > 0)
            await Task.Delay(200, Cancelled);
        undisturbed.DemandEqual(RunFolder.ContentsOf(_folder.Output(FaultRun.Name)));
        Assert.Equal(0, _folder.Summary(FaultRun.Name).GetProperty("files_failed").GetArrayLength());
        TestContext.Current.TestOutputHelper?.WriteLine(keeper.Errors);
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{Preempted().Count(cluster.Log)} preemptions, {File.ReadLines(_starts).Count()} starts of workers, equal bytes");
    }

    [Fact]
    [LongTest(20)]
    public async Task Workers_OnABadNode_FailThereThreeTimesAndThenGoElsewhere()
    {
        await using var cluster = await SlurmCluster.StartAsync(nodes: 2, gpusPerNode: 2);
        await using var coordinator = ProgramProcess.Start(
            "coordinator", _folder.Arguments(FaultRun.Name, "--listen", "0.0.0.0:0", "--settle", "100ms"));
        var port = new Uri((await coordinator.WorkerArgumentsAsync())[^1]).Port;
        string[] address = ["--coordinator", $"https://127.0.0.1:{port}"];
        await using (var refused = Slurm(cluster, [.. address, "--count", "2", "--sbatch=--constraint=nope"]))
        {
            Assert.Equal(1, await refused.ExitAsync());
            Assert.Contains(
                "Slurm does not take the jobs: Batch job submission failed: Invalid feature", refused.Errors,
                StringComparison.Ordinal);
        }

        WriteWorker("[ $SLURMD_NODENAME = n2 ] && echo 'the driver is gone' && exit 1");
        await using var keeper = Slurm(cluster, [.. address, "--count", "4"]);
        var line = await keeper.LineWithAsync("node n2 gets no more workers");
        Assert.Contains("its last line: the driver is gone", line, StringComparison.Ordinal);
        await UntilAsync(async () => (await cluster.RunAsync("squeue", "-h", "-r", "-t", "PENDING", "-o", "%x"))
            .Split('\n', StringSplitOptions.RemoveEmptyEntries) is [_, ..] waiting && waiting.All(nodes => nodes == "n2"));

        _folder.ReleaseBrake();
        Assert.True(await coordinator.ExitAsync() == 0, coordinator.Errors);
        Assert.True(await keeper.ExitAsync() == 0, keeper.Errors);
    }

    /// <summary>A job that needs the whole node takes it from four of ours, again and again.</summary>
    private static async Task PreemptAsync(SlurmCluster cluster)
    {
        while (Preempted().Count(cluster.Log) < Preemptions)
        {
            await cluster.UntilRunningAsync(2 * Gpus);
            await cluster.RunAsync("srun", "-p", "high", "-N", "1", $"--gres=gpu:{Gpus}", "sleep", "1");
        }
    }

    /// <summary>The first job in the place of another, when its worker hears signals; before that they would end it.</summary>
    private async Task<string> NewcomerAtWorkAsync(ProgramProcess keeper)
    {
        const string Array = ": array ";
        var line = await keeper.LineWithAsync(Array);
        var job = $"{line[(line.IndexOf(Array, StringComparison.Ordinal) + Array.Length)..]}_0";
        var log = Path.Combine(_folder.Run(FaultRun.Name), "slurm", $"{job}.log");
        await UntilAsync(() => Task.FromResult(
            File.Exists(log) && File.ReadAllText(log).Contains("connected to", StringComparison.Ordinal)));
        return job;
    }

    private async Task ChangeAsync(SlurmCluster cluster, int count)
    {
        await using var change = Slurm(cluster, "--count", $"{count}");
        Assert.True(await change.ExitAsync() == 0, change.Errors);
        Assert.Contains("from now on", change.Output, StringComparison.Ordinal);
    }

    private ProgramProcess Slurm(SlurmCluster cluster, params string[] more) => ProgramProcess.StartIn(
        new Dictionary<string, string?>
        {
            ["SLURM_CONF"] = cluster.Configuration,
            ["FINEWEB_WORKER"] = _worker,
            ["XDG_CONFIG_HOME"] = Path.Combine(_folder.Root, "config"),
            ["XDG_CACHE_HOME"] = Path.Combine(_folder.Root, "cache"),
            [FaultyDevice.Variable] = _folder.Braked(3000).ToJson(),
        },
        "coordinator",
        [
            "workers", "slurm", "--run", _folder.Run(FaultRun.Name), "--partition", "low", "--time", "2h", "--interval", "1s",
            .. more,
        ]);

    /// <summary>In the place of the worker, for these GPUs are none: it says which it was given and computes on the CPU.</summary>
    /// <param name="first">What it does before.</param>
    private void WriteWorker(string first = "")
    {
        File.WriteAllText(_worker, $"""
            #!/bin/sh
            {first}
            [ "$1 $2" = '--gpu slurm' ] || exit 2
            shift 2
            echo "$SLURMD_NODENAME $CUDA_VISIBLE_DEVICES" >>'{_starts}'
            exec dotnet '{ProgramProcess.PathOf("faultyWorker")}' --device cpu --threads 1 "$@"

            """.ReplaceLineEndings("\n"));
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(_worker, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private static async Task UntilAsync(Func<Task<bool>> reached)
    {
        while (!await reached())
            await Task.Delay(100, Cancelled);
    }

    [GeneratedRegex("preempted JobId=")]
    private static partial Regex Preempted();
}
