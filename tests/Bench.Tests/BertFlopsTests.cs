namespace FineWebTorch.Bench.Tests;

public class BertFlopsTests
{
    [Fact]
    public void Nominal_OneLayerCountedProductByProduct_IsEqual()
    {
        const double n = 5, h = 8;
        var products = (Queries: 2 * n * h * h, Keys: 2 * n * h * h, Values: 2 * n * h * h, Output: 2 * n * h * h,
            Attention: 2 * n * n * h, Context: 2 * n * n * h, Up: 2 * n * h * 4 * h, Down: 2 * n * 4 * h * h);
        var sum = products.Queries + products.Keys + products.Values + products.Output + products.Attention
            + products.Context + products.Up + products.Down;
        Assert.Equal(sum, new BertFlops(1, 8).Nominal(5));
    }

    [Fact]
    public void Needed_LastLayerCountedProductByProduct_IsEqual()
    {
        const double n = 5, h = 8;
        var keysAndValues = 2 * (2 * n * h * h);
        var query = 2 * h * h;
        var attention = 2 * (2 * n * h);
        var output = 2 * h * h;
        var feedForward = 2 * (2 * h * 4 * h);
        var last = keysAndValues + query + attention + output + feedForward;
        Assert.Equal(last, new BertFlops(1, 8).Needed(5));
        Assert.Equal(new BertFlops(2, 8).Nominal(5) + last, new BertFlops(3, 8).Needed(5));
    }

    [Fact]
    public void Needed_BertBaseAt512Tokens_SavesSevenPercent()
    {
        var flops = new BertFlops(12, 768);
        Assert.Equal(96.6e9, flops.Nominal(512), 0.1e9);
        Assert.InRange(1 - (flops.Needed(512) / flops.Nominal(512)), 0.065, 0.075);
    }

    [Fact]
    public void Nominal_SeveralDocuments_IsTheirSum()
    {
        var flops = new BertFlops(2, 16);
        Assert.Equal(flops.Nominal(3) + flops.Nominal(7), flops.Nominal([3, 7]));
        Assert.Equal(flops.Needed(3) + flops.Needed(7), flops.Needed([3, 7]));
    }
}
