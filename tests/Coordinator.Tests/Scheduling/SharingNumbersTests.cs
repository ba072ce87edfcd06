using FineWebTorch.Coordinator.Scheduling;

namespace FineWebTorch.Coordinator.Tests.Scheduling;

/// <summary>How a lease over a hundred windows of four rows is cut. Its holder scores a window a second.</summary>
public sealed class SharingNumbersTests
{
    private readonly SchedulingBench _bench = new((400, 1000), (400, 1000), (4, 1000));

    [Theory]
    [InlineData(4, 50)]
    [InlineData(8, 33)]
    [InlineData(1, 80)]
    public void Share_BothEndTogether(double rowsOfThief, int end)
    {
        var lease = _bench.Score(_bench.Worker("holder", rows: 4), 0, 100);
        _bench.Idle("thief", rowsOfThief);

        Assert.Equal(new PlanAction.Share(lease.Fence, end, "thief"), Sharing.Next(_bench.State));
    }

    [Fact]
    public void Share_WindowsThatAreComplete_CountForNobody()
    {
        var lease = _bench.Score(_bench.Worker("holder", rows: 4), 0, 100);
        for (var window = 95; window < 100; window++)
            _bench.File.MarkComplete(window);
        _bench.File.MarkComplete(50);
        _bench.Idle("thief", rows: 4);

        // 94 are left: 47 to each; of those below 95 the one at 50 is complete.
        Assert.Equal(new PlanAction.Share(lease.Fence, 47, "thief"), Sharing.Next(_bench.State));
    }

    [Fact]
    public void Share_WhatItsHolderHasBegunToRead_StaysWithIt()
    {
        var lease = _bench.Score(_bench.Worker("holder", rows: 4), 0, 100);
        lease.NoteReading(98);
        _bench.Idle("thief", rows: 400);

        Assert.Equal(new PlanAction.Share(lease.Fence, 99, "thief"), Sharing.Next(_bench.State));
        lease.NoteReading(99);
        Assert.Equal(0, Sharing.Untouched(_bench.State, lease));
        Assert.Null(Sharing.Next(_bench.State));
    }

    [Theory]
    [InlineData(10, 55)]
    [InlineData(80, 90)]
    [InlineData(84, null)]
    public void Share_FetchingCosts_MustBeWorthATenthMore(double seconds, int? end)
    {
        var lease = _bench.Score(_bench.Worker("holder", rows: 4), 0, 100);
        _bench.Open(_bench.State.Workers["holder"], lease);
        _bench.Idle("thief", rows: 4, bytes: 1000 / seconds);

        var share = Sharing.Next(_bench.State) as PlanAction.Share;

        Assert.Equal(end, share?.End);
        Assert.Equal(end is null, _bench.State.Shareable.First is null);
    }

    /// <summary>One window would take the other longer than all take the holder.</summary>
    [Fact]
    public void Share_NotWorthItNow_IsLookedAtAgainAfterASecond()
    {
        var lease = _bench.Score(_bench.Worker("holder", rows: 4), 0, 100);
        _bench.Idle("thief", rows: 0.001);
        Assert.Null(Sharing.Next(_bench.State));

        _bench.Now = 0.9;
        Assert.Null(_bench.State.Shareable.First);
        _bench.Now = 1;
        Assert.Same(lease, _bench.State.Shareable.First);
    }

    /// <summary>Of those who would take part, the one who would be done first.</summary>
    [Fact]
    public void Share_SeveralIdle_TheFirstToEndTakesIt()
    {
        _bench.Score(_bench.Worker("holder", rows: 4), 0, 100);
        _bench.Idle("slow", rows: 2);
        _bench.Idle("fast", rows: 8);
        _bench.Idle("usual", rows: 4);

        Assert.Equal("fast", (Sharing.Next(_bench.State) as PlanAction.Share)?.WorkerId);
    }

    [Fact]
    public void Share_ALeaseThatWaitsForItsHolder_IsTakenWhole()
    {
        var holder = _bench.Worker("holder", rows: 4);
        _bench.Open(holder, _bench.Score(holder, 0, 100, file: 1));
        _bench.State.Shareable.Defer(_bench.State.Leases[1], TimeSpan.FromDays(1));
        var waiting = _bench.Score(holder, 0, 100);
        _bench.Idle("thief", rows: 40);

        Assert.Equal(100, Sharing.Untouched(_bench.State, waiting));
        Assert.Equal(new PlanAction.Share(waiting.Fence, 0, "thief"), Sharing.Next(_bench.State));
    }

    [Theory]
    [InlineData(4.9, 1)]
    [InlineData(5.1, null)]
    public void Share_HolderIsAway_IsTakenWholeByWhoIsQuicklyReady(double seconds, int? end)
    {
        var holder = _bench.Worker("holder");
        _bench.Score(holder, 0, 100);
        holder.Disconnect();
        _bench.Idle("thief", bytes: 1000 / seconds);
        _bench.State.Workers["holder"].Paces.Fetching.Note(1e9, 1);

        Assert.Equal(end, (Sharing.Next(_bench.State) as PlanAction.Share)?.End);
    }

    [Theory]
    [InlineData(2, 51)]
    [InlineData(2.1, null)]
    public void Share_NobodyHasScoredYet_IsHalvedUnlessTheOtherFetchesForLong(double times, int? end)
    {
        var holder = _bench.Worker("holder", bytes: 100);
        _bench.Score(holder, 0, 100);
        _bench.Idle("thief", bytes: 100 / times);

        Assert.Equal(end, (Sharing.Next(_bench.State) as PlanAction.Share)?.End);
    }

    [Fact]
    public void Share_OneWindowLeft_IsGivenAwayWhole()
    {
        _bench.Score(_bench.Worker("holder"), 0, 2);
        _bench.Idle("thief");

        Assert.Equal(1, (Sharing.Next(_bench.State) as PlanAction.Share)?.End);
    }
}
