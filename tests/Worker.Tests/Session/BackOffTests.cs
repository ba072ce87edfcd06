using FineWebTorch.Worker.Rpc;

namespace FineWebTorch.Worker.Tests.Session;

public sealed class BackOffTests
{
    [Fact]
    public void Pauses_DoubleUpToALimit()
    {
        var backOff = new BackOff(() => 1);
        Assert.Equal(
            [0.25, 0.5, 1, 2, 4, 8, 15, 15],
            Enumerable.Range(0, 8).Select(_ => backOff.Next().TotalSeconds));
        Assert.Equal(15, Enumerable.Range(0, 5000).Select(_ => backOff.Next().TotalSeconds).Max());
    }

    [Fact]
    public void Pauses_VaryByHalf()
    {
        Assert.Equal(0.125, new BackOff(() => 0).Next().TotalSeconds);
        Assert.Equal(0.1875, new BackOff(() => 0.5).Next().TotalSeconds);
    }

    [Fact]
    public void Reset_BeginsAnew()
    {
        var backOff = new BackOff(() => 1);
        backOff.Next();
        backOff.Next();
        backOff.Reset();
        Assert.Equal(0.25, backOff.Next().TotalSeconds);
    }
}
