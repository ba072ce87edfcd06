using FineWebTorch.Coordinator.Verification;

namespace FineWebTorch.Coordinator.Tests.Verification;

public sealed class RowSampleTests
{
    [Fact]
    public void Choose_FewerRowsThanAskedFor_TakesAll()
    {
        var chosen = RowSample.Choose([2, 0, 3], 100, "seed");

        Assert.Equal([0, 2], chosen.Keys.Order());
        Assert.Equal([0L, 1, 2], chosen[2]);
    }

    [Fact]
    public void Choose_SameSeed_ChoosesTheSameRowsWithinTheirShards()
    {
        long[] shards = [1000, 1, 5000];

        var first = RowSample.Choose(shards, 200, "seed");
        var second = RowSample.Choose(shards, 200, "seed");

        Assert.Equal(200, first.Values.Sum(rows => rows.Count));
        Assert.All(first, shard =>
        {
            Assert.Equal(shard.Value, second[shard.Key]);
            Assert.All(shard.Value, row => Assert.InRange(row, 0, shards[shard.Key] - 1));
        });
        Assert.NotEqual(first[2], RowSample.Choose(shards, 200, "another")[2]);
    }

    [Fact]
    public void Choose_NoRowsAtAll_IsEmpty() => Assert.Empty(RowSample.Choose([0, 0], 5, "seed"));
}
