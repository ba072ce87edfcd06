using FineWebTorch.Worker.Telemetry;
using FineWebTorch.Worker.Tests.Fakes;

namespace FineWebTorch.Worker.Tests.Telemetry;

public sealed class ProcessGaugeTests
{
    private readonly ManualTime _time = new();
    private TimeSpan _cpu;

    [Fact]
    public void Read_OfTheCpu_IsTheShareOfTheCoresSinceTheLastTime()
    {
        using var gauge = new ProcessGauge(_time, () => _cpu, cores: 4);
        Assert.False(gauge.Read().HasUtilization);

        (_cpu, _) = (TimeSpan.FromSeconds(6), Wait(2));
        Assert.Equal(0.75, gauge.Read().Utilization);
        (_cpu, _) = (TimeSpan.FromSeconds(60), Wait(1)); // A clock that is coarse
        Assert.Equal(1, gauge.Read().Utilization);
        Wait(1);
        var idle = gauge.Read();
        Assert.True(idle is { HasUtilization: true, Utilization: 0 });
        Assert.InRange(idle.MemoryUsedBytes, 1UL << 20, idle.MemoryTotalBytes);
        Assert.False(idle.HasWatts || idle.HasCelsius);
    }

    private bool Wait(int seconds)
    {
        _time.Advance(TimeSpan.FromSeconds(seconds));
        return true;
    }
}
