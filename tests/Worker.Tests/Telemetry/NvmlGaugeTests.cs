using FineWebTorch.Protos.V1;
using FineWebTorch.Worker.Telemetry;

namespace FineWebTorch.Worker.Tests.Telemetry;

public sealed class NvmlGaugeTests : IDisposable
{
    private readonly FakeNvml _nvml = new();

    public void Dispose() => _nvml.Dispose();

    [Fact]
    public void Read_OfAGpu_IsWhatTheLibrarySays()
    {
        var library = _nvml.Build();
        using (var gauge = NvmlGauge.TryOpen(FakeNvml.Gpu, ["no-such-library.so", library])!)
        {
            Assert.Equal(
                new DeviceReading
                {
                    Utilization = 0.97,
                    MemoryUsedBytes = 12UL << 30,
                    MemoryTotalBytes = 80UL << 30,
                    Watts = 412.5,
                    Celsius = 61,
                },
                gauge.Read());
            Assert.Equal("0000:3b:00.0", gauge.PciAddress);
            Assert.Equal(1, FakeNvml.TimesOpen(library));
        }

        Assert.Equal(0, FakeNvml.TimesOpen(library));
    }

    [Fact]
    public void Read_OfAPartOfAGpu_HasItsMemoryAlone()
    {
        using var gauge = NvmlGauge.TryOpen(FakeNvml.PartOfGpu, [_nvml.Build()])!;

        Assert.Equal(
            new DeviceReading { MemoryUsedBytes = 3UL << 30, MemoryTotalBytes = 10UL << 30 }, gauge.Read());
    }

    [Fact]
    public void Read_OfALibraryThatLacksAFunction_LacksItsFigure()
    {
        using var gauge = NvmlGauge.TryOpen(FakeNvml.Gpu, [_nvml.Build("NO_TEMPERATURE")])!;

        var reading = gauge.Read();

        Assert.False(reading.HasCelsius);
        Assert.Equal(412.5, reading.Watts);
    }

    [Fact]
    public void TryOpen_WithoutLibraryDriverOrGpu_IsNone()
    {
        Assert.Null(NvmlGauge.TryOpen(FakeNvml.Gpu, ["no-such-library.so"]));
        Assert.Null(NvmlGauge.TryOpen(FakeNvml.Gpu, [_nvml.Build("NO_DRIVER")]));
        var library = _nvml.Build();
        Assert.Null(NvmlGauge.TryOpen("99999999-2222-3333-4444-555555555555", [library]));
        Assert.Equal(0, FakeNvml.TimesOpen(library));
    }
}
