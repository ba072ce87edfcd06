using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Model;

namespace FineWebTorch.Coordinator.Tests.Ledger;

public sealed class ScoreCountsTests
{
    [Theory]
    [InlineData(2.5f, 25)]
    [InlineData(2.4999998f, 24)]
    [InlineData(0f, 0)]
    [InlineData(-3f, 0)]
    [InlineData(0.1f, 1)]
    [InlineData(4.9999995f, 49)]
    [InlineData(5f, 50)]
    [InlineData(1e30f, 50)]
    public void Score_IsInItsBin(float score, int bin)
    {
        var counts = ScoreCounts.Of([score]);

        Assert.Equal([bin], Enumerable.Range(0, ScoreCounts.Bins).Where(one => counts[one] > 0));
        foreach (var tenths in Enumerable.Range(0, 11).Select(half => half * 5))
            Assert.Equal(score >= tenths / 10.0 ? 1 : 0, counts.From(tenths));
    }

    [Fact]
    public void Row_WithoutAScore_IsNotCounted()
    {
        var counts = ScoreCounts.Of([EduScore.Unscorable(UnscorableReason.NullText), 1]);

        Assert.Equal(1, Enumerable.Range(0, ScoreCounts.Bins).Sum(bin => counts[bin]));
    }

    [Fact]
    public void Bytes_OfManyRows_AreReadBackAndFew()
    {
        var random = new Random(1);
        var counts = ScoreCounts.Of([.. Enumerable.Range(0, 16_384).Select(_ => (random.NextSingle() * 6) - 0.5f)]);

        var bytes = counts.ToBytes();
        var read = ScoreCounts.FromBytes(bytes);

        Assert.InRange(bytes.Length, ScoreCounts.Bins, 2 * (ScoreCounts.Bins + 1));
        Assert.All(Enumerable.Range(0, ScoreCounts.Bins), bin => Assert.Equal(counts[bin], read[bin]));
        Assert.Equal(counts.From(0), read.From(0));
        Assert.Empty(new ScoreCounts().ToBytes());
        Assert.Equal(0, ScoreCounts.FromBytes([])[0]);
    }

    [Fact]
    public void Counts_OfSeveralPartsAndBins_AreSummed()
    {
        var counts = ScoreCounts.Of([2.5f, 3, 3, 5]);
        counts.Add(ScoreCounts.Of([2.5f, 5, 7]));

        Assert.Equal((7, 5, 3), (counts.From(25), counts.From(30), counts.From(50)));
    }

    [Fact]
    public void Counts_TakenBack_AreGone()
    {
        var (all, part) = (ScoreCounts.Of([1, 2, 3]), ScoreCounts.Of([2]));

        all.Add(part, times: -1);

        Assert.Equal((1, 0, 1), (all[10], all[20], all[30]));
    }
}
