using FineWebTorch.Common;
using FineWebTorch.Worker.Commands;

namespace FineWebTorch.Worker.Tests.Commands;

/// <summary>Which GPU a worker takes where a batch system gives them, and where it is to take all.</summary>
public sealed class GpuChoiceTests : IDisposable
{
    private readonly string _devices = Directory.CreateTempSubdirectory("fineweb-devices-").FullName;
    private readonly List<string> _told = [];

    public void Dispose() => Directory.Delete(_devices, recursive: true);

    [Theory]
    [InlineData("SLURM_JOB_ID=7 CUDA_VISIBLE_DEVICES=3", 0)]
    [InlineData("SLURM_JOB_ID=7 CUDA_VISIBLE_DEVICES=3 SLURM_LOCALID=2", 0)] // Bound by Slurm, task by task
    [InlineData("SLURM_JOB_ID=7 CUDA_VISIBLE_DEVICES=0,1,2,3 SLURM_LOCALID=2", 2)]
    [InlineData("SLURM_JOB_ID=7 CUDA_VISIBLE_DEVICES=4,5 SLURM_LOCALID=1", 1)]
    [InlineData("SLURM_JOB_ID=7 SLURM_JOB_GPUS=5", 5)] // Nothing is hidden
    [InlineData("SLURM_JOB_ID=7 SLURM_JOB_GPUS=4,5,6 SLURM_STEP_GPUS=5,6 SLURM_LOCALID=1", 6)]
    public void Slurm_GivesOne(string variables, int gpu) => Assert.Equal(gpu, SlurmTask.GpuOf(In(variables)));

    [Theory]
    [InlineData("CUDA_VISIBLE_DEVICES=0", "this is no job of Slurm's; give the number of the GPU")]
    [InlineData("SLURM_JOB_ID=7", "Slurm has given this job no GPU")]
    [InlineData("SLURM_JOB_ID=7 CUDA_VISIBLE_DEVICES=NoDevFiles", "Slurm has given this job no GPU")]
    [InlineData("SLURM_JOB_ID=7 CUDA_VISIBLE_DEVICES=0,1 SLURM_LOCALID=2", "this is task 2 on its node, and there are 2 GPUs")]
    public void Slurm_ThatGivesNone_IsALine(string variables, string reason) => Assert.StartsWith(
        reason, Assert.Throws<FormatException>(() => SlurmTask.GpuOf(In(variables))).Message, StringComparison.Ordinal);

    [Fact]
    public void All_AreThoseThatMayBeSeen_ElseThoseThatThereAre()
    {
        foreach (var name in (string[])["nvidia0", "nvidia1", "nvidiactl", "nvidia-uvm", "null"])
            File.WriteAllText(Path.Combine(_devices, name), "");

        Assert.Equal(["0", "1"], VisibleGpus.Find(null, _devices));
        Assert.Equal(["2", "GPU-4f1c"], VisibleGpus.Find("2,GPU-4f1c", _devices));
        var none = Assert.Throws<UserErrorException>(() => VisibleGpus.Find("", Path.Combine(_devices, "none")));
        Assert.Contains("no GPU is found here", none.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Worker_OfOneOfAll_HasTheSameArgumentsAndSeesThatGpuAlone()
    {
        string[] typed = ["/opt/worker.dll", "--gpu", "all", "--coordinator", "https://head:5090", "--join", "@join"];

        var start = GpuWorkers.Describe("GPU-4f1c", "/usr/bin/dotnet", typed);

        Assert.Equal(
            [
                "/opt/worker.dll", "--coordinator", "https://head:5090", "--join", "@join", "--gpu", "0", "--end-with-stdin",
                "--spot-notice", "off", "--signal-exit-code", "0",
            ],
            start.ArgumentList);
        Assert.Equal("GPU-4f1c", start.Environment["CUDA_VISIBLE_DEVICES"]);
        Assert.Equal(
            ["--quiet", "--gpu", "0", "--end-with-stdin", "--spot-notice", "off", "--signal-exit-code", "0"],
            GpuWorkers.Describe(
                "1", "/opt/worker",
                ["/opt/worker.dll", "--gpu=all", "--signal-exit-code=143", "--spot-notice", "aws", "--end-with-stdin", "--quiet"])
                .ArgumentList);
    }

    [Fact]
    public async Task All_EndInOrder_IsSuccess_AndOneThatIsTurnedAwayIsNotStartedAgain()
    {
        Assert.Equal(0, await Workers(_ => 0).RunAsync(["0", "1"], TestContext.Current.CancellationToken));
        var lives = 0;
        Assert.Equal(ExitCode.TurnedAway, await Workers(gpu =>
        {
            lives++;
            return gpu == "1" ? ExitCode.TurnedAway : 0;
        }).RunAsync(["0", "1"], TestContext.Current.CancellationToken));
        Assert.Equal(2, lives);
        Assert.Equal(["the worker on GPU 1 ended with exit code 5, and no other is started there"], _told);
    }

    [Fact]
    public async Task One_ThatFails_IsStartedFiveTimesWhileTheOthersGoOn()
    {
        using var stop = new CancellationTokenSource();
        var lives = 0;
        var workers = new GpuWorkers(
            async (gpu, stopping) =>
            {
                if (gpu == "1")
                    return Interlocked.Increment(ref lives) > 0 ? 1 : 0;
                await Task.Delay(Timeout.Infinite, stopping).ContinueWith(_ => { }, TaskScheduler.Default);
                return 0;
            },
            _told.Add, new HastyTime(), () => 0);
        var running = workers.RunAsync(["0", "1"], stop.Token);
        while (!_told.Exists(line => line.Contains("no other is started", StringComparison.Ordinal)))
            await Task.Delay(5, TestContext.Current.CancellationToken);

        Assert.Equal(5, lives);
        Assert.False(running.IsCompleted);
        await stop.CancelAsync();
        Assert.Equal(1, await running);
    }

    private GpuWorkers Workers(Func<string, int> live) =>
        new((gpu, _) => Task.FromResult(live(gpu)), _told.Add, TimeProvider.System, () => 0);

    private static Func<string, string?> In(string variables) => name => variables.Split(' ')
        .Select(variable => variable.Split('=')).FirstOrDefault(variable => variable[0] == name)?[1];

    /// <summary>Every pause is over at once.</summary>
    private sealed class HastyTime : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            System.CreateTimer(callback, state, dueTime > TimeSpan.Zero ? TimeSpan.FromMilliseconds(1) : dueTime, period);
    }
}
