using FineWebTorch.Common;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Scheduling;
using FineWebTorch.Protos.V1;
using Stage = FineWebTorch.Protos.V1.LeaseProgress.Types.Stage;

namespace FineWebTorch.Coordinator.Tests.Scheduling;

/// <summary>What is known of one worker.</summary>
public sealed class RunWorkerTests
{
    private readonly SchedulingBench _bench = new((40, 100), (40, 100));

    [Fact]
    public void Rate_IsThatOfScoring_WhileItIsHere()
    {
        var worker = _bench.Worker("a", rows: 20);
        Assert.Equal(20, worker.Rate);

        worker.Disconnect();

        Assert.Equal(0, worker.Rate);
    }

    [Theory]
    [InlineData("cpu/avx2;tree", "cpu/avx2;tree", true)]
    [InlineData("cpu/avx2;tree", "cpu/avx2;tree;split", true)]
    [InlineData("cpu/avx2;tree", "cpu/avx2;gemm", true)]
    [InlineData("cpu/avx2;tree", "cpu/avx512;tree", false)]
    [InlineData("plain", "plain;split", true)]
    [InlineData("plain", "other", false)]
    public void HasClass_IsOfItsDevice(string own, string numericClass, bool isOwn)
    {
        var worker = _bench.Worker("a");
        worker.Hello = new Hello { NumericClass = own };

        Assert.Equal(isOwn, worker.HasClass(numericClass, most: 2));
    }

    [Fact]
    public void HasClass_OnlySoManyDifferentOnes()
    {
        var worker = _bench.Worker("a");
        worker.Hello = new Hello { NumericClass = "cpu;a" };

        Assert.True(worker.HasClass("cpu;a", most: 2));
        Assert.True(worker.HasClass("cpu;b", most: 2));
        Assert.False(worker.HasClass("cpu;c", most: 2));
        Assert.True(worker.HasClass("cpu;b", most: 2));
    }

    [Fact]
    public void Given_OfEarlierSessions_IsForgottenUnlessItIsHeld()
    {
        var worker = _bench.Worker("a");
        var (gone, kept) = (_bench.Score(worker, 0, 3), _bench.Score(worker, 0, 3, file: 1));
        worker.NoteGiven(gone);
        worker.NoteGiven(kept);
        _bench.State.Remove(gone);
        Assert.Equal((0, 1), (worker.FileOfGiven(gone.Fence), worker.FileOfGiven(kept.Fence)));

        worker.Connect(new Secret("another session"), _bench.State.Now);

        Assert.Equal((null, 1), (worker.FileOfGiven(gone.Fence), worker.FileOfGiven(kept.Fence)));
    }

    /// <summary>From the lease's beginning or the last scores, whichever came later.</summary>
    [Fact]
    public void Stored_CountsTheTimeSinceItBegan()
    {
        var worker = _bench.Worker("a");
        _bench.Now = 10;
        var lease = _bench.Score(worker, 0, 10);
        Store(worker, lease, at: 12);
        Assert.Equal((4, 2), worker.Paces.Scoring.Piece!.Value);
        Assert.Equal((4, 12), (worker.RowsStored, worker.LastStored.TotalSeconds));
        Assert.Equal(2, worker.Rate, 1e-9);

        Store(worker, lease, at: 16);

        Assert.Equal(4 / worker.Rate, worker.Paces.Scoring.SecondsFor(4)!.Value, 1e-9);
        Assert.InRange(worker.Rate, 1.3, 1.35); // Eight rows in six seconds, the older ones a little less
    }

    [Fact]
    public void Requests_AreServedInTheOrderOfTheOldest()
    {
        var worker = _bench.Worker("a");
        worker.Request(5);
        worker.Request(9);
        Assert.Equal((2, 5), (worker.OpenRequests, worker.WaitingSince));

        worker.Answer();
        Assert.True(worker.IsWaiting);
        worker.Answer();

        Assert.False(worker.IsWaiting);
    }

    [Fact]
    public void Quarantined_AndAllowed_BeginsAnew()
    {
        var worker = _bench.Worker("a");
        worker.Health.NoteSuccess();
        worker.SetQuarantine("its device has failed");
        Assert.Equal((false, true), (worker.IsAble, worker.Health.HasSucceeded));

        worker.SetQuarantine(null);

        Assert.Equal((true, false), (worker.IsAble, worker.Health.HasSucceeded));
    }

    /// <summary>Heartbeats keep nothing alive; what has come further does. What comes over the network shows nothing of
    /// a device that has work.</summary>
    [Fact]
    public void Progress_OfAScoringWorker_IsNotWhatItFetches()
    {
        var worker = _bench.Worker("a");
        var (scores, fetches) = (_bench.Score(worker, 0, 10), _bench.Score(worker, 0, 10, file: 1));
        Tell(worker, at: 2, scores, Stage.Scoring, steps: 1);
        Assert.Equal(2, worker.ProgressAt.TotalSeconds);

        Tell(worker, at: 3, fetches, Stage.Fetching, steps: 1);
        Tell(worker, at: 4, scores, Stage.Scoring, steps: 1);
        Assert.Equal((2, 3), (worker.ProgressAt.TotalSeconds, fetches.ProgressAt.TotalSeconds));

        Tell(worker, at: 5, scores, Stage.Building, steps: 2);
        Tell(worker, at: 6, fetches, Stage.Fetching, steps: 2);
        Assert.Equal(6, worker.ProgressAt.TotalSeconds);
    }

    /// <summary>The longest pause is forgotten slowly.</summary>
    [Fact]
    public void Pause_TheLongest_Fades()
    {
        var worker = _bench.Worker("a");
        var lease = _bench.Score(worker, 0, 10);
        Tell(worker, at: 10, lease, Stage.Scoring, steps: 1);
        Assert.Equal(10, worker.LongestPause.TotalSeconds);

        Tell(worker, at: 11, lease, Stage.Scoring, steps: 2);

        Assert.Equal(9.5, worker.LongestPause.TotalSeconds, 1e-6);
    }

    /// <summary>One device serves all leases that score or wait for it; what is fetched or written goes by itself.
    /// </summary>
    [Theory]
    [InlineData(Stage.Scoring, 1)]
    [InlineData(Stage.Queued, 1)]
    [InlineData(Stage.Fetching, 3)]
    [InlineData(Stage.Building, 3)]
    public void Deadline_CountsFromWhatServesTheLease(Stage stage, double since)
    {
        var worker = _bench.Worker("a");
        var (lease, other) = (_bench.Score(worker, 0, 10), _bench.Score(worker, 0, 10, file: 1));
        Tell(worker, at: 1, other, Stage.Scoring, steps: 1);
        lease.Note(new LeaseProgress { Fence = lease.Fence, Stage = stage, Steps = 1 }, TimeSpan.FromSeconds(3));

        Assert.Equal(since, ProgressDeadlines.Since(lease, worker).TotalSeconds);
    }

    private void Store(RunWorker worker, RunLease lease, double at)
    {
        _bench.Now = at;
        worker.NoteStored(new BatchRecord(0, 0, [0, 1, 2, 3], [1, 1, 1, 1], "cpu", 8), lease, _bench.State.Now);
    }

    private void Tell(RunWorker worker, double at, RunLease lease, Stage stage, ulong steps)
    {
        _bench.Now = at;
        var progress = new LeaseProgress { Fence = lease.Fence, Stage = stage, Steps = steps };
        worker.Note(new Heartbeat { Leases = { progress } }, _bench.State.Now);
    }
}
