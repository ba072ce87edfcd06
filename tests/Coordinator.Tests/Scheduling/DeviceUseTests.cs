using FineWebTorch.Coordinator.Scheduling;
using FineWebTorch.Protos.V1;

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
        Assert.Null(new DeviceUse().Phases);
    }

    [Fact]
    public void Phases_AreSharesOfTheSameTime()
    {
        _use.Note(TimeSpan.Zero, new WorkerStatistics());

        _use.Note(TimeSpan.FromSeconds(10), new WorkerStatistics
        {
            BusySeconds = 6,
            ReaderWaitSeconds = 2,
            TokenizerWaitSeconds = 1,
            WriterWaitSeconds = 0.5,
            NetworkWaitSeconds = 0.25,
        });

        Assert.Equal(new DevicePhases(0.6, 0.2, 0.1, 0.05) { Network = 0.025 }, _use.Phases);
    }

    [Fact]
    public void Figures_ThatTheDeviceDoesNotSay_AreUnknownAndNot0()
    {
        _use.Note(TimeSpan.Zero, new WorkerStatistics { Device = new DeviceReading { Utilization = 0, Watts = 300 } });
        Assert.Equal(new DeviceFigures(0, null, null, 300, null), _use.Figures);

        _use.Note(TimeSpan.FromSeconds(1), new WorkerStatistics());
        Assert.Null(_use.Figures);
    }

    private double? Note(double now, double busy)
    {
        _use.Note(TimeSpan.FromSeconds(now), new WorkerStatistics { BusySeconds = busy });
        return _use.Phases?.Busy;
    }
}
