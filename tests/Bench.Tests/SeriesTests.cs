namespace FineWebTorch.Bench.Tests;

public class SeriesTests
{
    [Fact]
    public void Interleave_TwoSeries_MeasuresByTurnsAndDropsTheFirst()
    {
        var calls = new List<string>();
        var ours = Scripted("ours", calls, 100, 1, 2);
        var peer = Scripted("peer", calls, 200, 3, 8);
        Series.Interleave(2, ours, peer);
        Assert.Equal(["ours", "peer", "ours", "peer", "ours", "peer"], calls);
        Assert.Equal([1, 2], ours.Values);
        Assert.Equal([3, 8], peer.Values);
    }

    [Fact]
    public void Interleave_NoRounds_IsRefused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Series.Interleave(0, Scripted("ours", [], 1)));

    [Fact]
    public void RatioTo_Peer_IsTheMedianOfTheRoundsRatios()
    {
        // The machine is ten times slower in the last round; the ratio of the medians would be 2/3.
        var ours = Scripted("ours", [], 0, 1, 2, 10);
        var peer = Scripted("peer", [], 0, 3, 2, 40);
        Series.Interleave(3, ours, peer);
        Assert.Equal(3, peer.RatioTo(ours));
    }

    [Fact]
    public void RatioTo_SeriesOfOtherRounds_IsRefused()
    {
        var (ours, peer) = (Scripted("ours", [], 0, 1), Scripted("peer", [], 0, 3, 4));
        Series.Interleave(1, ours);
        Series.Interleave(2, peer);
        Assert.Throws<ArgumentException>(() => peer.RatioTo(ours));
    }

    [Fact]
    public void Derived_Rate_KeepsLeastAndMostInOrder()
    {
        var ours = Scripted("ours", [], 0, 1, 2, 4);
        Series.Interleave(3, ours);
        var rate = ours.Derived(seconds => 8 / seconds);
        Assert.Equal((2, 4, 8), (rate.Least, rate.Median, rate.Most));
    }

    private static Series Scripted(string name, List<string> calls, params double[] values)
    {
        var at = 0;
        return new Series(name, () =>
        {
            calls.Add(name);
            return values[at++];
        });
    }
}
