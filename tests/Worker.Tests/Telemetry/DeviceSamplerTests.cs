using FineWebTorch.Protos.V1;
using FineWebTorch.Worker.Telemetry;
using FineWebTorch.Worker.Tests.Fakes;

namespace FineWebTorch.Worker.Tests.Telemetry;

public sealed class DeviceSamplerTests
{
    private readonly ManualTime _time = new();

    [Fact]
    public void Last_IsOfTheLastSecond()
    {
        var gauge = new CountingGauge();
        using (var sampler = new DeviceSampler(gauge, _time))
        {
            Assert.Null(sampler.Last);
            _time.Advance(TimeSpan.FromSeconds(3));
            Assert.Equal(3, sampler.Last?.Watts);
        }

        Assert.True(gauge.IsDisposed);
    }

    [Fact]
    public async Task Last_OfADriverThatHangs_HoldsUpNobodyAndIsForgotten()
    {
        using var hang = new ManualResetEventSlim();
        var gauge = new CountingGauge();
        using var sampler = new DeviceSampler(gauge, _time);
        _time.Advance(TimeSpan.FromSeconds(1));
        using var reading = new ManualResetEventSlim();
        gauge.Reading = () =>
        {
            reading.Set();
            hang.Wait(TestContext.Current.CancellationToken);
        };
        // A real timer's thread is not the heartbeat's either.
        var timer = Task.Run(() => _time.Advance(TimeSpan.FromSeconds(1)), TestContext.Current.CancellationToken);
        reading.Wait(TestContext.Current.CancellationToken);

        Assert.Equal(1, sampler.Last?.Watts);
        _time.Advance(TimeSpan.FromSeconds(20));
        Assert.Null(sampler.Last);

        hang.Set();
        await timer;
        Assert.Equal(2, gauge.Reads);
    }

    [Fact]
    public void Last_WhereNothingCanBeRead_IsNone()
    {
        using var sampler = new DeviceSampler(gauge: null, _time);
        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.Null(sampler.Last);
    }

    private sealed class CountingGauge : IDeviceGauge
    {
        public Action Reading { get; set; } = () => { };

        public int Reads { get; private set; }

        public bool IsDisposed { get; private set; }

        public DeviceReading Read()
        {
            Reads++;
            Reading();
            return new DeviceReading { Watts = Reads };
        }

        public void Dispose() => IsDisposed = true;
    }
}
