using FineWebTorch.Coordinator.Options;

namespace FineWebTorch.Coordinator.Tests.Options;

public sealed class ShardNamesTests
{
    [Theory]
    [InlineData(ShardLayout.Numbered, "data/train-00007-of-00250.parquet")]
    [InlineData(ShardLayout.Mirror, "x/y.parquet")]
    public void ShardNames_Layout_DecidesTheName(object layout, string expected) =>
        Assert.Equal(expected, ShardNames.Create((ShardLayout)layout, "x/y.parquet", 7, 250));
}
