using FineWebTorch.Worker.Pipeline;
using FineWebTorch.Worker.Progress;
using FineWebTorch.Worker.Screen;
using FineWebTorch.Worker.Telemetry;
using FineWebTorch.Worker.Tests.Fakes;

namespace FineWebTorch.Worker.Tests.Screen;

public sealed class WorkerMeterTests : IDisposable
{
    private readonly ManualTime _time = new();
    private readonly PipelineStatistics _statistics = new();
    private readonly WorkerActivity _activity = new();
    private readonly DeviceSampler _sampler;

    public WorkerMeterTests() => _sampler = new DeviceSampler(gauge: null, _time);

    public void Dispose() => _sampler.Dispose();

    [Fact]
    public void Moment_BeforeAnythingIsScored_PromisesNothing()
    {
        var moment = Meter().Look();

        Assert.Equal((0, 0, null), (moment.DocumentsPerSecond, moment.Documents, moment.Use));
        Assert.Empty(moment.Past);
        Assert.Equal("looking for a coordinator", moment.Activity);
    }

    [Fact]
    public void Moment_HasTheRatesOfTheLastHalfMinute()
    {
        var meter = Meter();
        for (var second = 0; second < 300; second++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            _statistics.Add(new PipelineTotals(
                second < 200 ? 10 : 20, 5000, 5000, TimeSpan.FromSeconds(0.5), default, default, default));
            meter.Look();
        }

        _activity.Text = "a.parquet";
        var moment = meter.Look();

        Assert.Equal((20, 5000, 0.5), (moment.DocumentsPerSecond, moment.TokensPerSecond, moment.Busy));
        Assert.Equal((4000, "a.parquet"), (moment.Documents, moment.Activity));
        Assert.Equal((120, 10, 20), (moment.Past.Count, moment.Past[0], moment.Past[^1]));
    }

    [Fact]
    public void Look_MoreOftenThanOnceASecond_MeasuresOnce()
    {
        var meter = Meter();
        for (var look = 0; look < 40; look++)
        {
            _time.Advance(TimeSpan.FromMilliseconds(250));
            meter.Look();
        }

        Assert.Equal(10, meter.Look().Past.Count);
    }

    private WorkerMeter Meter() => new("CPU", _activity, _statistics, _sampler, _time);
}
