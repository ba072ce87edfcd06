using FineWebTorch.Coordinator.Scheduling;

namespace FineWebTorch.Coordinator.Tests.Scheduling;

/// <summary>Seconds until a file of 8,000 bytes is before a worker.</summary>
public sealed class FetchCostTests
{
    private readonly SchedulingBench _bench = new((400, 8000), (400, 8008));

    [Fact]
    public void Cost_NobodyHasFetchedAnything_IsNone() =>
        Assert.Equal(0, FetchCost.Of(_bench.Worker("a"), _bench.File));

    [Fact]
    public void Cost_OfAFileUpToEightTimesWhatItHasFetched_IsByItsOwnPace()
    {
        var worker = _bench.Worker("a");
        _bench.Worker("slow").Paces.Fetching.Note(1000, 1000);
        worker.Paces.Fetching.Note(1000, 10);

        Assert.Equal(80, FetchCost.Of(worker, _bench.File), 1e-9);
        Assert.True(FetchCost.Of(worker, _bench.State.Files[1]) > 3000);
    }

    [Fact]
    public void Cost_OfAFileThatIsAtHand_IsNone()
    {
        var worker = _bench.Worker("a", bytes: 100);
        var lease = _bench.Score(worker, 0, 10);
        _bench.Now = 3;
        Assert.Equal(77, Left(worker, lease), 1e-9);

        _bench.Open(worker, lease);

        Assert.Equal((0, 0), (FetchCost.Of(worker, _bench.File), Left(worker, lease)));
    }

    [Theory]
    [InlineData(0, 81, 0)]
    [InlineData(2000, 81, 60)]
    [InlineData(9000, 1, 0)]
    public void Left_OfAFileOnItsWay_IsByTimeUntilBytesAreTold(ulong bytes, double now, double left)
    {
        var worker = _bench.Worker("a", bytes: 100);
        var lease = _bench.Score(worker, 0, 10);
        _bench.Now = now;
        _bench.Fetched(lease, bytes);

        Assert.Equal(left, Left(worker, lease), 1e-9);
    }

    [Fact]
    public void Left_OfALeaseWithScores_IsNone()
    {
        var worker = _bench.Worker("a", bytes: 100);
        var lease = _bench.Score(worker, 0, 10);
        lease.NoteStored(_bench.State.Now);

        Assert.Equal(0, Left(worker, lease));
    }

    [Fact]
    public void Fetched_MoreThanBefore_IsThePace()
    {
        var worker = _bench.Worker("a");
        var lease = _bench.Score(worker, 0, 10);
        _bench.Fetched(lease, 700);

        FetchCost.NoteFetched(worker, lease, (200, TimeSpan.FromSeconds(1)), TimeSpan.FromSeconds(6));

        Assert.Equal(100, worker.Paces.Fetching.PerSecond);
    }

    [Fact]
    public void Fetched_NothingMoreOrNobodyKnowsSinceWhen_SaysNothing()
    {
        var worker = _bench.Worker("a");
        var lease = _bench.Score(worker, 0, 10);
        _bench.Fetched(lease, 700);

        FetchCost.NoteFetched(worker, lease, (700, TimeSpan.FromSeconds(1)), TimeSpan.FromSeconds(6));
        FetchCost.NoteFetched(worker, lease, (0, null), TimeSpan.FromSeconds(6));

        Assert.Null(worker.Paces.Fetching.Piece);
    }

    /// <summary>A second of it is that of messages.</summary>
    [Theory]
    [InlineData(0, 0, 11, 800)]
    [InlineData(2000, 3, 14, 600)]
    [InlineData(0, 0, 1, 8_000_000)]
    [InlineData(9000, 3, 14, 0)]
    public void Opened_WhatHasNotBeenCountedOfTheWay_IsThePace(ulong bytes, double at, double opened, double pace)
    {
        var worker = _bench.Worker("a");
        var lease = _bench.Score(worker, 0, 10);
        _bench.Now = at;
        _bench.Fetched(lease, bytes);
        _bench.Now = opened;

        _bench.Open(worker, lease);
        _bench.Open(worker, lease);

        Assert.Equal(pace, worker.Paces.Fetching.PerSecond, 1e-6);
    }

    [Fact]
    public void Opened_AFileThatWasAtHand_SaysNothing()
    {
        var worker = _bench.Worker("a");
        _bench.Open(worker, _bench.Score(worker, 0, 10));
        var before = worker.Paces.Fetching.PerSecond;
        var lease = _bench.Score(worker, 10, 20);
        _bench.Now = 100;

        _bench.Open(worker, lease);

        Assert.Equal(before, worker.Paces.Fetching.PerSecond);
    }

    private double Left(RunWorker worker, RunLease lease) =>
        FetchCost.LeftOf(worker, lease, _bench.File, _bench.State.Now);
}
