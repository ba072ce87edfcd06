
using FineWebTorch.Model.Networks.Reference;

namespace FineWebTorch.Model.Tests.Scoring;

public class PackedBatchTests
{
    [Theory]
    [InlineData(new int[0])]
    [InlineData(new[] { 1, 3 })]
    [InlineData(new[] { 0, 2 })]
    [InlineData(new[] { 0, 4 })]
    [InlineData(new[] { 0, 2, 2, 3 })]
    [InlineData(new[] { 0, 3, 2, 3 })]
    public void Constructor_LengthsThatDoNotFit_AreRefused(int[] cumulativeLengths) =>
        Assert.Throws<ArgumentException>(() => new PackedBatch([1, 2, 3], cumulativeLengths));

    [Fact]
    public void Constructor_NoDocument_IsABatch() => Assert.Equal(0, new PackedBatch([], [0]).Documents);

    [Fact]
    public void Runs_MixedLengths_JoinEqualNeighboursUpToTheLimit()
    {
        int[] cumulative = [0, 4, 8, 12, 14, 18, 20];
        Assert.Equal(
            [new(0, 0, 2, 4), new(2, 8, 1, 4), new(3, 12, 1, 2), new(4, 14, 1, 4), new(5, 18, 1, 2)],
            SequenceRun.Of(cumulative, 32));
        Assert.Equal(3, SequenceRun.Of(cumulative, 48)[0].Documents);
        Assert.All(SequenceRun.Of(cumulative, 1), run => Assert.Equal(1, run.Documents));
    }
}
