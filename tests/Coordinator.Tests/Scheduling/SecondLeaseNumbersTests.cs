using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Scheduling;

namespace FineWebTorch.Coordinator.Tests.Scheduling;

/// <summary>When the one window of a file of four rows, or its shard, is given to a second worker.</summary>
public sealed class SecondLeaseNumbersTests
{
    private readonly SchedulingBench _bench = new((4, 1000));

    /// <summary>The other one would take a second: twice that, and five seconds more.</summary>
    [Theory]
    [InlineData(6.9, false)]
    [InlineData(7.0, true)]
    public void Window_OfAHolderThatIsSilent_WhenTheOtherWouldTakeLessThanHalf(double after, bool isGiven)
    {
        var holder = _bench.Worker("holder", rows: 4);
        _bench.Open(holder, _bench.Score(holder, 0, 1));
        var other = _bench.Idle("other", rows: 4);
        _bench.Open(other, new RunLease(99, LeaseKind.Score, 0, new WindowRange(0, 1), "other"));

        _bench.Now = after;

        Assert.Equal(
            isGiven ? new PlanAction.GrantScore("other", 0, new WindowRange(0, 1)) : null,
            SecondLeases.Next(_bench.State));
    }

    [Fact]
    public void Window_LookedAtAMomentAgo_IsNotLookedAtAgain()
    {
        var holder = _bench.Worker("holder", rows: 4);
        _bench.Open(holder, _bench.Score(holder, 0, 1));
        _bench.Idle("other", rows: 4);
        _bench.Now = 6.9;
        Assert.Null(SecondLeases.Next(_bench.State));

        _bench.Now = 7.8;
        Assert.Null(SecondLeases.Next(_bench.State));
        _bench.Now = 7.9;
        Assert.NotNull(SecondLeases.Next(_bench.State));
    }

    [Fact]
    public void Window_WhoHasOtherWork_GetsNoSecondLease()
    {
        var bench = new SchedulingBench((4, 1000), (4, 1000));
        var holder = bench.Worker("holder", rows: 4);
        bench.Open(holder, bench.Score(holder, 0, 1));
        bench.Build(bench.Idle("other", rows: 4), file: 1);
        bench.Now = 100;

        Assert.Null(SecondLeases.Next(bench.State));
    }

    /// <summary>Who is away for five seconds may not come back before the time-out of thirty.</summary>
    [Theory]
    [InlineData(4.9, false)]
    [InlineData(5.0, true)]
    [InlineData(25.9, true)]
    [InlineData(26.1, false)]
    public void Window_OfAHolderThatIsAway_UnlessTheTimeOutIsNear(double after, bool isGiven)
    {
        var holder = _bench.Worker("holder", rows: 4);
        _bench.Open(holder, _bench.Score(holder, 0, 1));
        holder.Disconnect();
        var other = _bench.Idle("other", rows: 1e9);
        _bench.Open(other, new RunLease(99, LeaseKind.Score, 0, new WindowRange(0, 1), "other"));

        _bench.Now = after;

        Assert.Equal(isGiven, SecondLeases.Next(_bench.State) is not null);
    }

    /// <summary>What has taken long already will take as long again.</summary>
    [Theory]
    [InlineData(24.9, false)]
    [InlineData(25.0, true)]
    public void Shard_OfASlowBuilder_WhenTheOtherWouldTakeLessThanHalf(double after, bool isGiven)
    {
        var holder = _bench.Worker("holder");
        holder.Paces.Building.Note(1000, 10);
        _bench.File.MarkComplete(0);
        _bench.Build(holder);
        var other = _bench.Idle("other");
        other.Paces.Building.Note(1000, 10);
        _bench.Open(other, new RunLease(99, LeaseKind.Score, 0, new WindowRange(0, 1), "other"));

        _bench.Now = after;

        Assert.Equal(
            isGiven ? new PlanAction.GrantBuild("other", 0) : null, SecondLeases.Next(_bench.State));
    }

    [Fact]
    public void Shard_WhileBuildsWait_IsGivenToNobodyElse()
    {
        var holder = _bench.Worker("holder");
        holder.Paces.Building.Note(1000, 10);
        _bench.File.MarkComplete(0);
        var lease = _bench.Build(holder);
        _bench.Idle("other");
        _bench.Now = 1000;

        _bench.State.BuildsWait = true;
        Assert.False(SecondLeases.MayHaveSecond(_bench.State, lease));
        Assert.Null(SecondLeases.Next(_bench.State));
    }
}
