using FineWebTorch.Common;
using FineWebTorch.Coordinator.Keeping;
using FineWebTorch.Coordinator.Slurm;

namespace FineWebTorch.Coordinator.Tests.Slurm;

/// <summary>Workers among the jobs of a cluster that does as clusters do.</summary>
public sealed class SlurmKeeperTests
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(15);

    private readonly FakeTime _time = new();
    private readonly FakeCluster _cluster;
    private readonly List<string> _told = [];
    private RunSight _run = new(RunStage.Working, 0);
    private int _count = 8;
    private SlurmKeeper _keeper;

    public SlurmKeeperTests()
    {
        _cluster = new FakeCluster(_time, nodes: 3, slotsPerNode: 4);
        _keeper = NewKeeper();
    }

    [Fact]
    public async Task Jobs_PreemptedCancelledAndLost_AreThereAgainUntilTheRunIsOver()
    {
        await StepAsync();
        for (var round = 0; round < 20; round++)
        {
            // Of those that are requeued Slurm itself takes care.
            _cluster.TakeAway(1 + (round % 3), (round % 4) switch
            {
                0 => "PENDING",
                1 => "PREEMPTED",
                2 => "NODE_FAIL",
                _ => "CANCELLED",
            });
            await StepAsync();
            await StepAsync();
            Assert.Equal(8, _cluster.Running.Count());
        }

        Assert.Equal(8 + 30, _cluster.Submissions.Sum());
        Assert.Empty(_cluster.Cancelled);
        _run = new RunSight(RunStage.Over, 0);
        Assert.Equal(ExitCode.Success, await StepAsync());
        Assert.Empty(_cluster.Running);
        Assert.Equal("the run is over; ended 8 jobs that were left", _told[^1]);
    }

    [Fact]
    public async Task Count_ThatFalls_EndsThoseThatWaitFirstThenTheYoungest()
    {
        _count = 14;
        await StepAsync();
        Assert.Equal(12, _cluster.Running.Count());
        var oldest = _cluster.Running.Take(2).Select(job => job.Id).ToList();
        foreach (var job in _cluster.Running.Skip(2))
            job.Begun += TimeSpan.FromSeconds(1);

        _count = 12;
        await StepAsync();
        Assert.Equal(["1_12", "1_13"], _cluster.Cancelled);
        _count = 2;
        await StepAsync();
        Assert.Equal(oldest, _cluster.Running.Select(job => job.Id));
        _count = 5;
        await StepAsync();
        Assert.Equal([14, 3], _cluster.Submissions);
        Assert.Equal(5, _cluster.Running.Count());
        _count = 0;
        Assert.Equal(ExitCode.Success, await StepAsync());
        Assert.Empty(_cluster.Running);
    }

    [Fact]
    public async Task AnotherKeeper_FindsTheJobsAndWhatWasExcluded_AndSubmitsNone()
    {
        _cluster.BadNodes.Add("n1");
        for (var step = 0; step < 9; step++)
            await StepAsync(progress: step);
        var submitted = _cluster.Submissions.Count;

        _keeper = NewKeeper();
        _told.Clear();
        await StepAsync(progress: 10);

        Assert.Equal(submitted, _cluster.Submissions.Count);
        Assert.Equal("found 8 jobs of this run: 8 running, 0 waiting", _told[0]);
        _cluster.TakeAway(1, "PREEMPTED");
        await StepAsync(progress: 11);
        await StepAsync(progress: 12);
        Assert.All(_cluster.Running, job => Assert.NotEqual("n1", job.Node));
    }

    [Fact]
    public async Task Node_OnWhichThreeFailWhileOthersGetOn_IsExcludedWithItsReason()
    {
        _cluster.BadNodes.Add("n2");
        for (var step = 0; step < 8; step++)
            await StepAsync(progress: step);

        var line = Assert.Single(_told, line => line.Contains("gets no more workers", StringComparison.Ordinal));
        Assert.Equal(
            "node n2 gets no more workers: 3 have failed there one after another while others went on; its last line: " +
            "the driver is gone (more in /logs/3_3.log)", line);
        Assert.Equal(8, _cluster.Running.Count());
        Assert.All(_cluster.Running, job => Assert.NotEqual("n2", job.Node));
    }

    [Fact]
    public async Task Jobs_ThatWaitWhenANodeIsExcluded_AreKeptOffItToo()
    {
        _count = 16;
        _cluster.BadNodes.Add("n3");
        for (var step = 0; step < 12; step++)
            await StepAsync(progress: step);

        Assert.NotEmpty(_cluster.Waiting);
        Assert.All(_cluster.Waiting, job => Assert.Equal(["n9", "n3"], job.Excluded));
    }

    [Fact]
    public async Task AllJobs_ThatFailWhileNothingGetsDone_AreNotTheNodesFaultAndEndTheCommand()
    {
        _cluster.BadNodes.UnionWith(["n1", "n2", "n3"]);
        var failure = await Assert.ThrowsAsync<UserErrorException>(async () =>
        {
            for (var step = 0; step < 200; step++)
                await StepAsync();
        });

        Assert.Matches(
            "^all jobs fail, 5 times in a row, and nothing gets done; the last one, .* on n., ended: FAILED, exit code 1, on n.; " +
            "its last line: the driver is gone", failure.Message);
        Assert.DoesNotContain(_told, line => line.Contains("gets no more workers", StringComparison.Ordinal));
        // With pauses of 15, 30 and 60 seconds between.
        Assert.InRange(_time.Now, TimeSpan.FromMinutes(2), TimeSpan.FromMinutes(6));
    }

    /// <summary>As where the program is not to be found on the nodes.</summary>
    [Fact]
    public async Task Jobs_ThatBeginAndFailBetweenTwoLooks_EndTheCommandToo()
    {
        _cluster.FailsAtOnce = true;
        var failure = await Assert.ThrowsAsync<UserErrorException>(async () =>
        {
            for (var step = 0; step < 200; step++)
                await StepAsync();
        });
        Assert.StartsWith("all jobs fail", failure.Message, StringComparison.Ordinal);
    }

    /// <summary>As where ended jobs are forgotten within seconds, or a plug-in of the cluster's names all jobs anew.</summary>
    [Fact]
    public async Task Jobs_ThatAreNeverListed_AreNotSubmittedForEver()
    {
        _cluster.FailsAtOnce = _cluster.Forgets = true;
        var failure = await Assert.ThrowsAsync<UserErrorException>(async () =>
        {
            for (var step = 0; step < 200; step++)
                await StepAsync();
        });
        Assert.Equal(
            "Slurm has taken jobs 5 times in a row and listed none of them afterwards, the last as array 5: they end at once " +
            "(do nodes see /logs?), or something changes their name", failure.Message);
    }

    [Fact]
    public async Task Jobs_ThatAreForgottenWhenTheyEnd_AreReplaced()
    {
        _cluster.Forgets = true;
        await StepAsync();
        await StepAsync();
        _cluster.TakeAway(3, "PREEMPTED");
        await StepAsync();
        await StepAsync();
        Assert.Equal(8, _cluster.Running.Count());
        Assert.Contains(_told, line => line.StartsWith("3 jobs ended (Slurm has forgotten how)", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Jobs_ThatFailWhileTheRunIsPaused_DoNotEndTheCommand()
    {
        _cluster.BadNodes.UnionWith(["n1", "n2", "n3"]);
        _run = _run with { IsPaused = true };
        for (var step = 0; step < 100; step++)
            Assert.Null(await StepAsync());
    }

    [Fact]
    public async Task Controller_ThatIsAway_IsAskedAgainAfterGrowingPausesAndToldOfOnce()
    {
        await StepAsync();
        _cluster.IsAway = true;
        _told.Clear();
        var pauses = new List<double>();
        for (var failure = 0; failure < 6; failure++)
        {
            await StepAsync();
            pauses.Add(_keeper.Pause.TotalSeconds);
        }

        Assert.Equal([15, 30, 60, 120, 120, 120], pauses);
        Assert.StartsWith(
            "Slurm has to be asked again (Unable to contact", Assert.Single(_told), StringComparison.Ordinal);
        _cluster.IsAway = false;
        await StepAsync();
        Assert.Contains("Slurm does as it is asked again", _told);
        Assert.Equal((Interval, 1), (_keeper.Pause, _cluster.Submissions.Count));
    }

    [Fact]
    public async Task Controller_ThatIsAwayAtTheEnd_IsAskedUntilNothingIsLeft()
    {
        await StepAsync();
        _cluster.IsAway = true;
        _run = new RunSight(RunStage.Over, 0);
        Assert.Null(await StepAsync());
        _cluster.IsAway = false;
        Assert.Equal(ExitCode.Success, await StepAsync());
        Assert.Equal(8, _cluster.Cancelled.Count);
    }

    [Fact]
    public async Task Refusal_OfTheFirstJobs_EndsTheCommand_AndOfLaterOnesDoesNot()
    {
        _cluster.Refusal = "invalid partition specified: nope";
        var refusal = await Assert.ThrowsAsync<UserErrorException>(StepAsync);
        Assert.Equal("Slurm does not take the jobs: invalid partition specified: nope", refusal.Message);

        _cluster.Refusal = null;
        await StepAsync();
        _cluster.Refusal = "Requested node configuration is not available";
        _cluster.TakeAway(3, "PREEMPTED");
        Assert.Null(await StepAsync());
        Assert.Contains(_told, line => line.Contains("it takes no more jobs: Requested node", StringComparison.Ordinal));
        Assert.Equal(5, _cluster.Running.Count());
    }

    [Fact]
    public async Task Coordinator_ThatIsAway_GetsNoNewWorkersAndAfterAWhileAllEnd()
    {
        await StepAsync();
        _run = new RunSight(RunStage.Away, 0);
        _cluster.TakeAway(2, "COMPLETED");
        Assert.Null(await StepAsync());
        Assert.Equal(6, _cluster.Running.Count());
        _run = new RunSight(RunStage.Working, 1);
        await StepAsync();
        Assert.Contains("a coordinator works on the run again", _told);
        Assert.Equal(8, _cluster.Running.Count());

        _run = new RunSight(RunStage.Away, 0);
        int? exitCode = null;
        for (var step = 0; exitCode is null; step++)
        {
            exitCode = await StepAsync();
            Assert.True(_time.Now < TimeSpan.FromHours(1));
        }

        Assert.Equal(ExitCode.NoCoordinator, exitCode);
        Assert.Empty(_cluster.Running);
        Assert.Equal(2, _told.Count(line => line.Contains("no worker is started until one does", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Workers_ThatEndBecauseAllIsDone_AreNotReplaced()
    {
        await StepAsync();
        _run = new RunSight(RunStage.Ending, 100);
        _cluster.TakeAway(8, "COMPLETED");
        await StepAsync();
        Assert.Equal([8], _cluster.Submissions);
    }

    [Fact]
    public async Task Jobs_ThatSlurmHoldsBecauseItCannotStartThem_GiveWayToOthers()
    {
        _cluster.HoldsWhatItCannotStart = true;
        await StepAsync();
        await StepAsync();
        Assert.Equal(8, _cluster.Cancelled.Count);
        _cluster.HoldsWhatItCannotStart = false;
        for (var step = 0; step < 3; step++)
            await StepAsync();
        Assert.Equal(8, _cluster.Running.Count());
    }

    /// <summary>It may come back, as one that was preempted does; a process that does not end holds it for ever.</summary>
    [Fact]
    public async Task Job_ThatIsAboutToEnd_IsReplacedAfterTwoMinutes()
    {
        await StepAsync();
        _cluster.TakeAway(1, "COMPLETING");
        for (var step = 0; step < 8; step++)
            await StepAsync();
        Assert.Equal([8], _cluster.Submissions);
        await StepAsync();
        Assert.Equal([8, 1], _cluster.Submissions);
    }

    [Fact]
    public async Task Interruption_LeavesTheJobsAndSaysHowToEndThem()
    {
        await _keeper.InterruptAsync();
        Assert.Empty(_cluster.Cancelled);
        Assert.EndsWith("to keep them, with --count 0 to end them", _told[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task ManyJobs_ComeInArraysThatSlurmTakes()
    {
        _count = 2500;
        await StepAsync();
        Assert.Equal([1000, 1000, 500], _cluster.Submissions);
    }

    private SlurmKeeper NewKeeper() => new(
        _cluster, () => _run, () => _count, new SlurmWords(_told.Add, _ => "the driver is gone", id => $"/logs/{id}.log"),
        new KeeperOptions(Interval, TimeSpan.FromMinutes(30)) { Time = _time, Random = () => 1 }, ["n9"]);

    private async Task<int?> StepAsync(long progress)
    {
        _run = _run with { Progress = progress };
        return await StepAsync();
    }

    private async Task<int?> StepAsync()
    {
        var exitCode = await _keeper.StepAsync(TestContext.Current.CancellationToken);
        _cluster.Advance(_keeper.Pause);
        return exitCode;
    }
}
