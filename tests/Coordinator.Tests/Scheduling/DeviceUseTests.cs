using FineWebTorch.Coordinator.Scheduling;

namespace FineWebTorch.Coordinator.Tests.Scheduling;

public sealed class DeviceUseTests
{
    private readonly DeviceUse _use = new();

    [Fact]
    public void Share_IsThatOfTheLastHalfMinute()
    {
        Assert.Null(Note(0, 0));
        Assert.Equal(0.5, Note(10, 5));
        Assert.Equal(0.25, Note(20, 5));
        Assert.Equal(0.5, Note(30, 15));
        Assert.Equal(0.5, Note(40, 20)); // Since 10, at which it was 5
        Assert.Equal(0, Note(100, 20)); // Since the second last
    }

    [Fact]
    public void Share_OfAWorkerStartedAgain_BeginsAnew()
    {
        Note(0, 100);
        Assert.Equal(1, Note(10, 120)); // Never above all

        Note(20, 1);

        Assert.Equal(0.2, Note(30, 3));
    }

    [Fact]
    public void Share_TwoHeartbeatsAtOnce_IsAsItWas()
    {
        Note(0, 0);
        Note(10, 4);

        Assert.Equal(0.4, Note(10, 4));
        Assert.Null(new DeviceUse().Share);
    }

    private double? Note(double now, double busy)
    {
        _use.Note(TimeSpan.FromSeconds(now), busy);
        return _use.Share;
    }
}
