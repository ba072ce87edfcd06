using FineWebTorch.Coordinator.Publishing;
using FineWebTorch.Model;

namespace FineWebTorch.Coordinator.Tests.OnHub;

public sealed class ScoreDistributionTests
{
    [Fact]
    public void Bins_NoScoreAtAll_AreNone()
    {
        var scores = new ScoreDistribution();
        scores.Add([EduScore.Unscorable(UnscorableReason.NullText)]);

        Assert.Equal((1, 0), (scores.Rows, scores.Scored));
        Assert.Empty(scores.Bins());
    }

    [Theory]
    [InlineData(-0.4f, 5.3f, 0.5)]
    [InlineData(2.01f, 2.02f, 0.1)]
    [InlineData(-900f, 1e6f, 1e5)]
    [InlineData(0f, 1.55f, 0.1)]
    [InlineData(0f, 1.6f, 0.2)]
    public void Bins_AnyRange_AreAtMostSixteenOfARoundWidth(float low, float high, double width)
    {
        var scores = new ScoreDistribution();
        scores.Add([low, high, low]);

        var bins = scores.Bins();

        Assert.InRange(bins.Count, 1, 16);
        Assert.All(bins, bin => Assert.Equal(width, bin.To - bin.From, width * 1e-9));
        Assert.Equal(3, bins.Sum(bin => bin.Rows));
        Assert.True(bins[0].From <= low && high < bins[^1].To);
    }

    [Fact]
    public void Thresholds_HalvesRoundToEven_AsIntScoreDoes()
    {
        var scores = new ScoreDistribution();
        scores.Add([-1, 0.5f, 0.51f, 2.5f, 3.5f, 9]);

        Assert.Equal([4, 3, 2, 2, 1], scores.Thresholds().Select(threshold => threshold.Rows));
    }
}
