using FineWebTorch.FileToScores;

namespace FineWebTorch.Bench.Tests;

public class ComparisonTests
{
    private static readonly float[] Ours = [1f, 2f, 3f];

    [Fact]
    public void Measure_TwiceAsSlowPeer_ShowsRatesAndRatio()
    {
        var comparison = With([1f, 2f, 3f]);
        var rows = comparison.Measure(documents: 3, rounds: 2);
        Assert.Equal([(6, null), (3, 2)], rows.Select(row => (row.Median, row.Ours)));
        comparison.Check();
    }

    [Fact]
    public void Check_PeerWithAnotherScore_NamesThePeer()
    {
        var comparison = With([1f, 2.1f, 3f]);
        comparison.Measure(documents: 3, rounds: 1);
        Assert.Contains("peer", Assert.Throws<InvalidDataException>(comparison.Check).Message);
    }

    [Fact]
    public void Check_PeerThatDiffersWhereItMay_Passes()
    {
        var comparison = With([1f, 2.1f, 3f], [true, false, true]);
        var peer = comparison.Measure(documents: 3, rounds: 1)[1];
        Assert.Contains("in the 2 documents", peer.Note);
        comparison.Check();
    }

    private static Comparison With(float[] peer, bool[]? comparable = null)
    {
        var comparison = new Comparison("file to scores");
        comparison.Add("ours", () => new PeerScores(0.5, Ours));
        comparison.Add("peer", () => new PeerScores(1, peer), comparable);
        return comparison;
    }
}
