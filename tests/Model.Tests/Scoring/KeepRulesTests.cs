namespace FineWebTorch.Model.Tests.Scoring;

public class KeepRulesTests
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
        Assert.Equal(int3, KeepRules.Keeps(KeepRule.Int3, score));
        Assert.Equal(raw3, KeepRules.Keeps(KeepRule.Raw3, score));
        Assert.Equal(raw25, KeepRules.Keeps(KeepRule.Raw25, score));
        Assert.True(KeepRules.Keeps(KeepRule.All, score));
    }

    [Theory]
    [InlineData("INT3")]
    [InlineData("raw25")]
    [InlineData("int >= 3")]
    [InlineData("")]
    public void TryParse_UnknownRule_IsRefused(string text) => Assert.False(KeepRules.TryParse(text, out _));

    [Theory]
    [InlineData("int>=3", KeepRule.Int3)]
    [InlineData("raw>=3", KeepRule.Raw3)]
    [InlineData("raw>=2.5", KeepRule.Raw25)]
    [InlineData("all", KeepRule.All)]
    public void TryParse_EitherSpelling_GivesTheRule(string text, KeepRule rule)
    {
        Assert.True(KeepRules.TryParse(text, out var parsed));
        Assert.Equal(rule, parsed);
        Assert.True(KeepRules.TryParse(KeepRules.Name(rule), out parsed));
        Assert.Equal(rule, parsed);
    }

    [Fact]
    public void Kept_TwoWindows_NumbersRowsInTheFileAndLeavesOutScoresThatThereAreNone()
    {
        var none = EduScore.Unscorable(UnscorableReason.NullText);
        (int, float[])[] windows = [(0, [3.5f, none, 1f]), (1, [none, 2.5f])];

        Assert.Equal([(0L, 3.5f, 4)], KeepRules.Kept(KeepRule.Int3, windows, 3));
        Assert.Equal(
            [(0L, 3.5f, 4), (1L, null, null), (2L, 1f, 1), (3L, null, null), (4L, (float?)2.5f, (int?)2)],
            KeepRules.Kept(KeepRule.All, windows, 3));
    }
}
