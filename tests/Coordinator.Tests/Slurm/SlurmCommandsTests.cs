using FineWebTorch.Coordinator.Keeping;
using FineWebTorch.Coordinator.Slurm;

namespace FineWebTorch.Coordinator.Tests.Slurm;

/// <summary>What is typed of Slurm's commands, and what is read of what they print.</summary>
public sealed class SlurmCommandsTests
{
    private const string Folder = "/shared/it's 100%";

    private static readonly SlurmScript Script =
        new("fineweb-0123456789ab", Folder, "/opt/fw/worker", "https://head:5090", Folder + "/access/join");

    private readonly List<string> _typed = [];
    private readonly Dictionary<string, (int ExitCode, string Output, string Errors)> _answers = [];
    private string? _input;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <summary>As Slurm 22.05 prints it, and 23.11 exit codes.</summary>
    [Fact]
    public async Task List_IsOfThisRunAloneAndKnowsHowJobsHaveFailed()
    {
        _answers["squeue -o"] = (0,
            "1_8|PENDING||0:00|n[1-2,07]|Resources\n1_0|FAILED|n1|0:02||NonZeroExitCode\n1_1|RUNNING|n2|1-02:03:04|(null)|None\n" +
            "1_2|OUT_OF_MEMORY|n2|3:04||OutOfMemory\n2_0|FAILED||0:00||BadConstraints\n", "");
        _answers["squeue -O"] = (0, "1|8|0|\n1|0|36608|\n1|2|0:9|\n2|0|256|\n", "");

        var jobs = await New().ListAsync(Cancelled);

        Assert.Equal(
            ["squeue -h -r -t all -u me -n fineweb-0123456789ab -o %i|%T|%N|%M|%x|%r",
            "squeue -h -r -t all -u me -n fineweb-0123456789ab -O ArrayJobID:|,ArrayTaskID:|,exit_code:|"], _typed);
        Assert.Equal(["n1", "n2", "n07"], jobs[0].Excluded);
        Assert.Equal((JobPhase.Waiting, "Resources"), (jobs[0].Phase, jobs[0].Reason));
        Assert.Equal((JobPhase.Running, "", new TimeSpan(1, 2, 3, 4)), (jobs[2].Phase, jobs[2].Reason, jobs[2].Elapsed));
        Assert.Equal(new JobExit(143, 0), jobs[1].Exit);
        Assert.Equal(new JobExit(0, 9), jobs[3].Exit);
        // Ended by somebody's SIGTERM, by the kernel, and never started.
        Assert.Equal([false, true, false], new[] { jobs[1], jobs[3], jobs[4] }.Select(job => job.HasFailed));
    }

    [Theory]
    [InlineData("FAILED", "n1", 256, true)]
    [InlineData("FAILED", "n1", 15, false)]
    [InlineData("FAILED", "", 256, false)]
    [InlineData("BOOT_FAIL", "n1", 0, true)]
    [InlineData("NODE_FAIL", "n1", 256, false)]
    [InlineData("PREEMPTED", "n1", 15, false)]
    [InlineData("TIMEOUT", "n1", 0, false)]
    [InlineData("CANCELLED", "n1", 15, false)]
    [InlineData("COMPLETED", "n1", 0, false)]
    public void Worker_HasFailed_WhereNobodyEndedIt(string state, string node, int exit, bool failed) => Assert.Equal(
        failed, new SlurmJob("1_0", state, node) { Exit = SlurmCommands.ParseExit($"{exit}") }.HasFailed);

    [Fact]
    public async Task Submission_IsAnArrayByStandardInput()
    {
        _answers["sbatch"] = (0, "17;cluster\n", "");

        Assert.Equal("17", await New().SubmitAsync(20, ["n1", "n2"], Cancelled));

        Assert.Equal(["sbatch --parsable --array=0-19 --exclude=n1,n2"], _typed);
        Assert.Equal(Script.Text, _input);
        var asked = Script with { Partition = "spot", Time = TimeSpan.FromHours(4) };
        Assert.Equal(["--parsable", "--array=0-0", "--partition=spot", "--time=240"], asked.SubmitOptions(1, []));
    }

    [Theory]
    [InlineData("sbatch: error: Batch job submission failed: Unable to contact slurm controller (connect failure)")]
    [InlineData("sbatch: error: Batch job submission failed: Socket timed out on send/recv operation")]
    [InlineData("sbatch: error: AssocMaxSubmitJobLimit\nsbatch: error: Batch job submission failed: Job violates policy")]
    [InlineData("sbatch: error: If munged is up, restart with --num-threads=10")]
    public async Task Submission_ThatMayWorkLater_IsNoRefusal(string errors)
    {
        _answers["sbatch"] = (1, "", errors);
        await Assert.ThrowsAsync<AwayException>(() => New().SubmitAsync(1, [], Cancelled));
    }

    [Fact]
    public async Task Submission_ThatIsRefused_SaysWhyInOneLine()
    {
        _answers["sbatch"] = (1, "",
            "sbatch: error: invalid partition specified: nope\nsbatch: error: Batch job submission failed: Invalid partition " +
            "name specified\n");
        var refusal = await Assert.ThrowsAsync<SlurmRefusedException>(() => New().SubmitAsync(1, [], Cancelled));
        Assert.Equal(
            "invalid partition specified: nope; Batch job submission failed: Invalid partition name specified", refusal.Message);
    }

    [Fact]
    public async Task Cancellation_OfWhatHasEnded_IsNoFault_AndOfAnAbsentControllerIs()
    {
        _answers["scancel"] = (1, "", "scancel: error: Kill job error on job id 1_0: Invalid job id specified\n");
        await New().CancelAsync([.. Enumerable.Range(0, 501).Select(task => $"1_{task}")], Cancelled);
        Assert.Equal(2, _typed.Count);

        _answers["scancel"] = (1, "", "scancel: error: Kill job error on job id 1_0: Unable to contact slurm controller\n");
        await Assert.ThrowsAsync<AwayException>(() => New().CancelAsync(["1_0"], Cancelled));
    }

    [Fact]
    public void Script_NamesTheTokensFileAndQuotesWhatAShellWouldRead() => Assert.Equal(
        """
        #!/bin/bash
        #SBATCH --job-name=fineweb-0123456789ab
        #SBATCH --output="/shared/it's 100%%/%A_%a.log" --open-mode=append
        #SBATCH --chdir="/shared/it's 100%"
        #SBATCH --nodes=1 --ntasks=1
        #SBATCH --requeue
        #SBATCH --signal=B:USR1@60
        #SBATCH --gres=gpu:h100:1
        #SBATCH --cpus-per-task=6
        #SBATCH --partition=spot
        #SBATCH --time=91
        #SBATCH --account=edu
        job=${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID start=$((${SLURM_RESTART_COUNT:-0} + 1))
        echo "job $job on $SLURMD_NODENAME, GPU ${CUDA_VISIBLE_DEVICES:-none}, start $start"
        exec '/opt/fw/worker' --gpu slurm --threads 6 --coordinator 'https://head:5090' --join '@/shared/it'\''s 100%/access/join'

        """.ReplaceLineEndings("\n"),
        (Script with
        {
            Gpus = new GpuRequest("h100", 1),
            CpusPerTask = 6,
            Partition = "spot",
            Time = TimeSpan.FromMinutes(90.5),
            More = ["--account=edu"],
        }).Text);

    [Fact]
    public void Script_OfManyGpusOrNone_StartsAWorkerForEachOrOneForTheCpu()
    {
        var many = (Script with { Gpus = new GpuRequest(null, 8), CpusPerTask = 96 }).Text;
        Assert.Contains("--gres=gpu:8\n", many, StringComparison.Ordinal);
        Assert.Contains("--gpu all --threads 12 ", many, StringComparison.Ordinal);
        var none = (Script with { Gpus = new GpuRequest(null, 0), CpusPerTask = 4, TokenFile = null }).Text;
        Assert.DoesNotContain("--gres", none, StringComparison.Ordinal);
        Assert.EndsWith("--device cpu --threads 4 --coordinator 'https://head:5090'\n", none, StringComparison.Ordinal);
    }

    [Fact]
    public void Environment_OfJobs_HasNothingThatIsTheCoordinatorsAlone()
    {
        var environment = new Dictionary<string, string?>
        {
            ["HF_TOKEN"] = "x",
            ["FINEWEB_JOIN"] = "x",
            ["PGPASSWORD"] = "x",
            ["FINEWEB_RUN"] = "x",
            ["FINEWEB_PROXY"] = "http://proxy",
            ["SLURM_CONF"] = "/etc/slurm.conf",
            ["SBATCH_ACCOUNT"] = "edu",
            ["SBATCH_JOB_NAME"] = "mine",
            ["SQUEUE_PARTITION"] = "other",
            ["CUDA_VISIBLE_DEVICES"] = "3",
            ["LD_LIBRARY_PATH"] = "/opt/cuda",
        };
        SlurmScript.KeepForOneself(environment);
        Assert.Equal(
            ["HF_HUB_DISABLE_IMPLICIT_TOKEN", "LD_LIBRARY_PATH", "SBATCH_ACCOUNT", "SLURM_CONF"], environment.Keys.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("n1", "n1")]
    [InlineData("n[1-3,7],gpu5", "n1 n2 n3 n7 gpu5")]
    [InlineData("n[08-11]", "n08 n09 n10 n11")]
    [InlineData("r[1-2]n[1-2]x", "r1n1x r1n2x r2n1x r2n2x")]
    [InlineData("n[1-", "n[1-")]
    [InlineData("n[a-b],,m", "na-b m")]
    [InlineData("", "")]
    public void HostList_IsExpanded(string text, string names) => Assert.Equal(names, string.Join(' ', HostList.Expand(text)));

    private SlurmCommands New() => new(Script, "me", (program, arguments, input, _) =>
    {
        _typed.Add(string.Join(' ', [program, .. arguments]));
        _input = input;
        var key = program == "squeue" ? $"squeue {arguments[^2]}" : program;
        return Task.FromResult(_answers[key]);
    });
}
