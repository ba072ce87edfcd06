namespace FineWebTorch.Model.Tests.Scoring;

/// <summary>The ends of ranges, where one sign more or less would pass for most inputs.</summary>
public class ScoringEdgeTests
{
    [Fact]
    public void PackedBatch_OfSeveralDocuments_HasEachInItsPlace()
    {
        var batch = PackedBatch.Of([1], [2, 3, 4], [5, 6]);

        Assert.Equal([1, 2, 3, 4, 5, 6], batch.TokenIds.ToArray());
        Assert.Equal([0, 1, 4, 6], batch.CumulativeLengths.ToArray());
        Assert.Equal((3, 6), (batch.Documents, batch.Tokens));
        Assert.Equal(0, PackedBatch.Of().Documents);
        Assert.Throws<ArgumentException>(() => PackedBatch.Of([1], [], [2]));
    }

    [Theory]
    [InlineData(new[] { 0, 0, 3 })]
    [InlineData(new[] { 0, 3, 3 })]
    [InlineData(new[] { 0, 4, 3 })]
    [InlineData(new[] { 0, -1, 3 })]
    public void PackedBatch_DocumentWithoutATokenAnywhere_IsRefused(int[] cumulativeLengths) =>
        Assert.Throws<ArgumentException>(() => new PackedBatch([1, 2, 3], cumulativeLengths));

    [Theory]
    [InlineData(-1)]
    [InlineData(6)]
    [InlineData(int.MaxValue)]
    public void KeepRule_IntScoreThatThereIsNot_IsRefused(int least) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => KeepRule.IntScore(least));

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(double.NegativeInfinity)]
    public void KeepRule_ThresholdThatIsNoNumber_IsRefused(double least) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => KeepRule.Score(least));

    [Theory]
    [InlineData("int5", 5)]
    [InlineData("int0", 0)]
    public void KeepRule_OutermostIntScores_AreRules(string name, int least)
    {
        Assert.True(KeepRule.TryParse(name, out var rule));
        Assert.Equal(KeepRule.IntScore(least), rule);
        Assert.False(rule.IsAll);
        Assert.True(KeepRule.All.IsAll);
    }

    [Theory]
    [InlineData(ModelDtype.Float32, "fp32")]
    [InlineData(ModelDtype.Float16, "fp16")]
    [InlineData(ModelDtype.BFloat16, "bf16")]
    public void Dtype_HasOneNameBothWays(ModelDtype dtype, string name)
    {
        Assert.Equal(name, ModelDtypes.Name(dtype));
        Assert.True(ModelDtypes.TryParse(name, out var read));
        Assert.Equal(dtype, read);
        Assert.False(ModelDtypes.TryParse(name.ToUpperInvariant(), out _));
    }

    [Theory]
    [InlineData(0, 0, false, false)]
    [InlineData(1, 0, true, false)]
    [InlineData(999, 0, true, false)]
    [InlineData(1000, 0, true, true)]
    [InlineData(1000, 1, false, false)]
    [InlineData(1000, 2, false, false)]
    [InlineData(5000, 1, false, false)]
    public void Health_OfAModel_IsHopelessAfterAThousandAndNoFiniteScore(
        int notFinite, int finite, bool isInDoubt, bool isHopeless)
    {
        var health = new ScoreHealth();
        health.Add([.. Enumerable.Repeat(1.5f, finite)]);
        health.Add([.. Enumerable.Repeat(EduScore.Unscorable(UnscorableReason.NotFinite), notFinite)]);
        health.Add([EduScore.Unscorable(UnscorableReason.NullText), EduScore.Unscorable(UnscorableReason.InvalidUnicode)]);

        Assert.Equal((notFinite, isInDoubt, isHopeless), (health.NotFinite, health.IsInDoubt, health.IsHopeless));
    }

    [Fact]
    public void Failure_OfTheCaller_IsThrownToWhoWaitsAsItIs()
    {
        var failure = new ArgumentException("7 is not a token");

        Assert.Same(failure, Assert.Throws<ArgumentException>(new Failing(failure).Wait));
    }

    private sealed class Failing(Exception failure) : PendingScores
    {
        protected override bool IsDone => true;

        protected override ComputedScores Collect() => throw failure;
    }
}
