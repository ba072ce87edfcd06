namespace FineWebTorch.Model.Tests.Scoring;

public class KeepRuleTests
{
    [Theory]
    [InlineData(2.4999f, false, false, false)]
    [InlineData(2.5f, false, false, true)]
    [InlineData(2.5001f, true, false, true)]
    [InlineData(2.9999f, true, false, true)]
    [InlineData(3f, true, true, true)]
    [InlineData(7f, true, true, true)]
    [InlineData(-1f, false, false, false)]
    [InlineData(float.NaN, false, false, false)]
    [InlineData(float.PositiveInfinity, false, false, false)]
    public void Keeps_ScoresAroundTheThresholds_FollowsEachRule(float score, bool int3, bool raw3, bool raw25)
    {
        Assert.Equal(int3, KeepRule.IntScore(3).Keeps(score));
        Assert.Equal(raw3, KeepRule.Score(3).Keeps(score));
        Assert.Equal(raw25, KeepRule.Score(2.5).Keeps(score));
        Assert.True(KeepRule.All.Keeps(score));
    }

    [Fact]
    public void Keeps_ThresholdThatNoScoreCanBe_IsAsAFilterOfTheScoreColumnHasIt()
    {
        // The float beside 2.3 is below it: the column's doubles tell them apart, and so must the rule.
        Assert.False(KeepRule.Score(2.3).Keeps(2.3f));
        Assert.True(KeepRule.Score(2.3).Keeps(MathF.BitIncrement(2.3f)));
    }

    [Theory]
    [InlineData(0, -7f, true)]
    [InlineData(1, 0.5f, false)]
    [InlineData(1, 0.5001f, true)]
    [InlineData(5, 4.5f, false)]
    [InlineData(5, 9f, true)]
    public void Keeps_AnyIntScore_IsTheRoundedAndClampedOne(int least, float score, bool kept)
    {
        Assert.Equal(kept, KeepRule.IntScore(least).Keeps(score));
        Assert.False(KeepRule.IntScore(least).Keeps(EduScore.Unscorable(UnscorableReason.NullText)));
    }

    [Theory]
    [InlineData("INT3")]
    [InlineData("int >= 3")]
    [InlineData("")]
    [InlineData("int")]
    [InlineData("int6")]
    [InlineData("int-1")]
    [InlineData("int2.5")]
    [InlineData("raw")]
    [InlineData("raw>3")]
    [InlineData("raw 3")]
    [InlineData("raw2,5")]
    [InlineData("rawNaN")]
    [InlineData("rawInfinity")]
    [InlineData("raw1e400")]
    [InlineData("all3")]
    public void TryParse_UnknownRule_IsRefused(string text) => Assert.False(KeepRule.TryParse(text, out _));

    [Theory]
    [InlineData("int>=3", "int3")]
    [InlineData("int00", "int0")]
    [InlineData("raw>=3", "raw3")]
    [InlineData("raw3.0", "raw3")]
    [InlineData("raw>=2.5", "raw2.5")]
    [InlineData("raw25", "raw25")]
    [InlineData("raw-0", "raw0")]
    [InlineData("raw>=-1.50", "raw-1.5")]
    [InlineData("raw0.00000025", "raw2.5E-07")]
    [InlineData("raw2.12345678901234567", "raw2.1234567890123457")]
    [InlineData("all", "all")]
    public void TryParse_AnySpelling_HasOneNameAndIsOneRule(string text, string name)
    {
        Assert.True(KeepRule.TryParse(text, out var rule));
        Assert.Equal(name, rule.ToString());
        Assert.True(KeepRule.TryParse(name, out var same));
        Assert.Equal(rule, same);
    }

    [Fact]
    public void Kept_TwoWindows_NumbersRowsInTheFileAndLeavesOutScoresThatThereAreNone()
    {
        var none = EduScore.Unscorable(UnscorableReason.NullText);
        (int, float[])[] windows = [(0, [3.5f, none, 1f]), (1, [none, 2.5f])];

        Assert.Equal([(0L, 3.5f, 4)], KeepRule.IntScore(3).Kept(windows, 3));
        Assert.Equal(
            [(0L, 3.5f, 4), (1L, null, null), (2L, 1f, 1), (3L, null, null), (4L, (float?)2.5f, (int?)2)],
            KeepRule.All.Kept(windows, 3));
    }
}
