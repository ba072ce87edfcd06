using System.Collections.Concurrent;
using FineWebTorch.Worker.Spot;
using FineWebTorch.Worker.Tests.Fakes;

namespace FineWebTorch.Worker.Tests.Spot;

/// <summary>Machines that are about to be taken away, as their clouds tell them.</summary>
public sealed class SpotNoticeTests
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private readonly ManualTime _time = new();
    private readonly ConcurrentQueue<string> _told = new();

    [Theory]
    [InlineData("aws", """{"action": "terminate", "time": "2026-11-29T08:22:00Z"}""", "AWS", "terminate at 2026-11-29T08:22:00Z")]
    [InlineData("aws", "nonsense", "AWS", "soon")]
    [InlineData("gcp", "TRUE", "Google Cloud", "within half a minute")]
    [InlineData(
        "azure", """{"Events": [{"EventType": "Preempt", "Resources": ["vm6", "vm7"]}]}""", "Azure", "within half a minute")]
    public async Task Notice_OfTheCloudThatAnswers_EndsTheWorker(string cloud, string text, string name, string when)
    {
        using var service = new FakeMetadata(cloud);
        await using var notice = Start(SpotNotice.Auto, service.Address);
        await AskedOnAsync(service);
        Assert.False(notice.Token.IsCancellationRequested);

        service.Notice = text;
        await UntilCancelledAsync(notice);
        Assert.Equal($"{name} takes this machine away ({when}): handing in what there is", Assert.Single(_told));
    }

    [Theory]
    [InlineData("""{"Events": [{"EventType": "Preempt", "Resources": ["vm6"]}]}""")]
    [InlineData("""{"Events": [{"EventType": "Reboot", "Resources": ["vm7"]}]}""")]
    [InlineData("<html>")]
    public async Task Event_OfAzureThatIsOfAnotherMachineOrKind_IsNone(string events)
    {
        using var service = new FakeMetadata("azure") { Notice = events };
        await using var notice = Start("azure", service.Address);
        await AskedOnAsync(service);
        Assert.False(notice.Token.IsCancellationRequested);
    }

    [Fact]
    public async Task Token_OfAwsThatCountsNoMore_IsAskedForAnew()
    {
        using var service = new FakeMetadata("aws");
        await using var notice = Start("aws", service.Address);
        await AskedOnAsync(service);
        service.Token = "second";
        service.Notice = """{"action": "stop", "time": "2026-11-29T08:22:00Z"}""";
        // Refused at the first look, answered at the next one.
        await AskedOnAsync(service);
        await UntilCancelledAsync(notice);
        Assert.Equal(2, service.Asked.Count(asked => asked.StartsWith("PUT", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Elsewhere_NothingIsToldAndNobodyIsAskedAgain()
    {
        using var service = new FakeMetadata("another's");
        await using (Start(SpotNotice.Auto, service.Address))
        {
            await service.UntilAskedAsync(3);
            _time.Advance(TimeSpan.FromMinutes(10));
        }

        Assert.Equal(3, service.Asked.Count);
        Assert.Empty(_told);
    }

    [Fact]
    public async Task Cloud_ThatIsNamedAndDoesNotAnswer_IsToldOfOnceAndAskedOn()
    {
        using var service = new FakeMetadata("gcp");
        await using var notice = Start("aws", service.Address);
        await AskedOnAsync(service);
        await AskedOnAsync(service);
        Assert.Equal(
            $"--spot-notice aws: AWS gives no answer at {service.Address}; it is asked on", Assert.Single(_told));
    }

    [Fact]
    public async Task Off_AsksNobody()
    {
        using var service = new FakeMetadata("aws");
        await using var notice = Start(SpotNotice.Off, service.Address);
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Empty(service.Asked);
    }

    [Fact]
    public async Task Signal_EndsTheWorkerWithoutANotice()
    {
        using var stop = new CancellationTokenSource();
        using var service = new FakeMetadata("gcp");
        await using var notice = SpotNotice.Start(SpotNotice.Auto, service.Address, _told.Enqueue, _time, stop.Token);
        await stop.CancelAsync();
        Assert.True(notice.Token.IsCancellationRequested);
    }

    private SpotNotice Start(string choice, Uri address) =>
        SpotNotice.Start(choice, address, _told.Enqueue, _time, TestContext.Current.CancellationToken);

    /// <summary>Time goes on until the service has been asked twice more.</summary>
    private async Task AskedOnAsync(FakeMetadata service)
    {
        var before = service.Asked.Count;
        while (service.Asked.Count < before + 2)
        {
            _time.Advance(Interval);
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }
    }

    private async Task UntilCancelledAsync(SpotNotice notice)
    {
        while (!notice.Token.IsCancellationRequested)
        {
            _time.Advance(Interval);
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }
    }
}
