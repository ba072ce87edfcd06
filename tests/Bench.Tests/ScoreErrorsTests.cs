using FineWebTorch.GpuSpeed;

namespace FineWebTorch.Bench.Tests;

public class ScoreErrorsTests
{
    [Fact]
    public void Between_ScoresAcrossARoundingLimit_CountsTheFlips()
    {
        // 2.5 rounds to even, so that 2.49 does not flip it and 2.51 does; below 0 all is 0.
        var errors = ScoreErrors.Between([2.49f, 2.51f, -0.4f, 1f], [2.5f, 2.5f, -3f, 1f]);
        Assert.Equal(1, errors.Flips);
        Assert.Equal(2.6, errors.Largest, 1e-6);
        Assert.Equal((0.01 + 0.01 + 2.6) / 4, errors.Mean, 1e-6);
    }

    [Fact]
    public void Between_OtherNumberOfScores_IsRefused()
    {
        Assert.Throws<ArgumentException>(() => ScoreErrors.Between([1f], [1f, 2f]));
        Assert.Throws<ArgumentException>(() => ScoreErrors.Between([], []));
    }
}
