using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Scheduling;
using FineWebTorch.Model;

namespace FineWebTorch.Coordinator.Tests.Running;

public sealed class ScoreTotalsTests
{
    [Fact]
    public void Totals_AreTheSumsOfTheirParts()
    {
        var totals = new ScoreTotals();
        totals.Add(new WindowRecord(0, 0, 10, 4, 3, 100, new Dictionary<string, long> { ["a"] = 6, ["b"] = 4 }));
        totals.Add(new FileTotalsRecord(1, 2, 20, 5, 1, 200, [new("b", 20)]));
        var unscorable = EduScore.Unscorable(UnscorableReason.NullText);
        totals.Add(new BatchRecord(2, 0, [0, 1, 2], [4f, 1f, unscorable], "a", 30), KeepRule.IntScore(3));

        Assert.Equal((33, 10, 5, 330), (totals.Rows, totals.Kept, totals.Unscorable, totals.Tokens));
        Assert.Equal(
            new Dictionary<string, long> { ["a"] = 8, ["b"] = 24, [RowClasses.Of(unscorable, "a")] = 1 },
            totals.RowsByClass);
    }

    [Fact]
    public void Part_TakenOutAgain_LeavesTheRestAndNoClassWithoutRows()
    {
        var (totals, part) = (new ScoreTotals(), new ScoreTotals());
        totals.Add(new WindowRecord(0, 0, 10, 4, 3, 100, new Dictionary<string, long> { ["a"] = 10 }));
        part.Add(new WindowRecord(0, 1, 8, 2, 1, 50, new Dictionary<string, long> { ["a"] = 5, ["b"] = 3 }));
        totals.Add(part);

        Assert.Equal((18, 6, 4, 150), (totals.Rows, totals.Kept, totals.Unscorable, totals.Tokens));
        totals.Remove(part);

        Assert.Equal((10, 4, 3, 100), (totals.Rows, totals.Kept, totals.Unscorable, totals.Tokens));
        Assert.Equal(new Dictionary<string, long> { ["a"] = 10 }, totals.RowsByClass);
    }
}
