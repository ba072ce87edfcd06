using FineWebTorch.Common;
using FineWebTorch.Coordinator.Options;

namespace FineWebTorch.Coordinator.Tests.Options;

public sealed class ShardNamesTests
{
    [Theory]
    [InlineData(ShardLayout.Numbered, "data/train-00007-of-00250.parquet")]
    [InlineData(ShardLayout.Mirror, "x/y.parquet")]
    public void ShardNames_Layout_DecidesTheName(object layout, string expected) =>
        Assert.Equal(expected, ShardNames.Create((ShardLayout)layout, "x/y.parquet", 7, 250));

    [Theory]
    [InlineData("../x.parquet", "cannot be the name of a shard: it has an empty, '.' or '..' part")]
    [InlineData("/etc/x.parquet", "cannot be the name of a shard")]
    [InlineData("a\nb.parquet", "'a?b.parquet' cannot be the name of a shard: it has a control character")]
    [InlineData("data/A.parquet", "the shards data/a.parquet and data/A.parquet would be one file")]
    [InlineData("data/a.parquet", "the shards data/a.parquet and data/a.parquet would be one file")]
    public void Demand_NamesThatAreNoFilesOfTheirOwn_AreRefused(string name, string reason)
    {
        var error = Assert.Throws<UserErrorException>(() => ShardNames.Demand(["data/a.parquet", name]));

        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        Assert.EndsWith("; give --layout numbered", error.Message, StringComparison.Ordinal);
    }
}
