namespace FineWebTorch.Model.Tests.Scoring;

public class BatchPlanTests
{
    [Fact]
    public void Create_RowOverTheBudget_GetsABatchOfItsOwn() =>
        Assert.Equal([[1], [2, 0]], Batches(BatchPlan.Create([3, 100, 4], 10)));

    [Fact]
    public void Create_RowsWithoutTokens_AreLeftOut() =>
        Assert.Equal([[3, 1]], Batches(BatchPlan.Create([0, 2, 0, 3], 10)));

    [Fact]
    public void Create_NothingToScore_HasNoBatch()
    {
        Assert.Equal(0, BatchPlan.Create([], 10).Count);
        Assert.Equal(0, BatchPlan.Create([0, 0], 10).Count);
    }

    [Fact]
    public void Create_Ties_StayInRowOrder() =>
        Assert.Equal([[1, 3, 0], [2, 4]], Batches(BatchPlan.Create([5, 7, 5, 7, 5], 20)));

    [Fact]
    public void Create_ExactFit_FillsTheBatch() =>
        Assert.Equal([[0, 1], [2]], Batches(BatchPlan.Create([5, 5, 5], 10)));

    [Fact]
    public void Create_LargestBudget_DoesNotOverflow() =>
        Assert.Equal(1, BatchPlan.Create([512, 512], int.MaxValue).Count);

    [Fact]
    public void Create_NegativeCountOrBudget_IsRefused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => BatchPlan.Create([-1], 10));
        Assert.Throws<ArgumentOutOfRangeException>(() => BatchPlan.Create([1], 0));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Create_RandomCounts_HoldsEachRowOnceWithinTheBudget(int seed)
    {
        var random = new Random(seed);
        var counts = Enumerable.Range(0, 1000).Select(_ => random.Next(0, 513)).ToArray();
        var budget = random.Next(512, 5000);
        var plan = BatchPlan.Create(counts, budget);
        var rows = Batches(plan).SelectMany(batch => batch).ToList();
        Assert.Equal(counts.Index().Where(pair => pair.Item > 0).Select(pair => pair.Index), rows.Order());
        Assert.Equal(rows.Select(row => counts[row]).OrderDescending(), rows.Select(row => counts[row]));
        Assert.All(Batches(plan), batch => Assert.InRange(batch.Sum(row => counts[row]), 1, budget));
        Assert.Equal(Batches(plan), Batches(BatchPlan.Create(counts, budget)));
    }

    private static List<int[]> Batches(BatchPlan plan) =>
        [.. Enumerable.Range(0, plan.Count).Select(batch => plan.RowsOf(batch).ToArray())];
}
