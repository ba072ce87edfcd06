namespace FineWebTorch.Bench.Tests;

public class StatisticsTests
{
    [Theory]
    [InlineData(new[] { 7.0 }, 7.0)]
    [InlineData(new[] { 9.0, 1.0 }, 5.0)]
    [InlineData(new[] { 9.0, 1.0, 2.0 }, 2.0)]
    [InlineData(new[] { 4.0, 1.0, 2.0, 100.0 }, 3.0)]
    public void Of_Values_GivesTheMiddleOfTheSortedOnes(double[] values, double median)
    {
        var statistics = Statistics.Of(values);
        Assert.Equal(median, statistics.Median);
        Assert.Equal((values.Min(), values.Max()), (statistics.Least, statistics.Most));
        Assert.Equal(values.Length, statistics.Count);
    }

    [Fact]
    public void Of_Nothing_IsRefused() => Assert.Throws<ArgumentException>(() => Statistics.Of([]));
}
