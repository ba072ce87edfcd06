namespace FineWebTorch.Model.Tests.Scoring;

public class EduScoreTests
{
    [Theory]
    [InlineData(0.5f, 0)]
    [InlineData(1.5f, 2)]
    [InlineData(2.5f, 2)]
    [InlineData(3.5f, 4)]
    [InlineData(4.5f, 4)]
    [InlineData(2.5000002f, 3)]
    [InlineData(2.4999998f, 2)]
    [InlineData(-3f, 0)]
    [InlineData(-0f, 0)]
    [InlineData(5.4f, 5)]
    [InlineData(1e30f, 5)]
    [InlineData(0.07964489f, 0)]
    public void ToIntScore_Finite_RoundsHalvesToEvenWithinNoughtAndFive(float score, int expected) =>
        Assert.Equal(expected, EduScore.ToIntScore(score));

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void ToIntScore_NotFinite_IsRefused(float score) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => EduScore.ToIntScore(score));

    [Theory]
    [InlineData(UnscorableReason.NullText, 0x7FC00001u)]
    [InlineData(UnscorableReason.NotFinite, 0x7FC00002u)]
    [InlineData(UnscorableReason.InvalidUnicode, 0x7FC00003u)]
    [InlineData(UnscorableReason.EndsWorker, 0x7FC00004u)]
    public void Unscorable_EachReason_SurvivesStorageAsItsBits(UnscorableReason reason, uint bits)
    {
        var score = EduScore.Unscorable(reason);
        Assert.Equal(bits, BitConverter.SingleToUInt32Bits(score));
        Assert.Equal(reason, EduScore.ReasonOf(BitConverter.ToSingle(BitConverter.GetBytes(score))));
        Assert.True(EduScore.IsUnscorable(score) && EduScore.IsValid(score));
    }

    [Theory]
    [InlineData(0x7FC00000u, false)]
    [InlineData(0x7FC00005u, false)]
    [InlineData(0xFFC00001u, false)]
    [InlineData(0x7F800001u, false)]
    [InlineData(0x7F800000u, false)]
    [InlineData(0xFF800000u, false)]
    [InlineData(0x00000001u, true)]
    [InlineData(0x3F800000u, true)]
    public void IsValid_OtherBits_OnlyIfFinite(uint bits, bool valid)
    {
        var score = BitConverter.UInt32BitsToSingle(bits);
        Assert.Equal(valid, EduScore.IsValid(score));
        Assert.False(EduScore.IsUnscorable(score));
    }

    [Fact]
    public void Unscorable_NoReason_IsRefused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => EduScore.Unscorable(UnscorableReason.None));
}
