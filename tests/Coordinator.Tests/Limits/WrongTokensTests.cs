using System.Net;
using FineWebTorch.Coordinator.Limits;

namespace FineWebTorch.Coordinator.Tests.Limits;

public sealed class WrongTokensTests : IDisposable
{
    private static readonly IPAddress Here = IPAddress.Parse("192.0.2.1"), There = IPAddress.Parse("192.0.2.2");
    private readonly FakeTime _time = new();
    private readonly ConnectionGateTests.Told _told = new();
    private readonly PeerLimits _limits = new();
    private readonly FloodLog _log;
    private readonly WrongTokens _tokens;

    public WrongTokensTests()
    {
        _log = new FloodLog(_told, _time, _limits.TellInterval);
        _tokens = new WrongTokens(_limits, _time, _log);
    }

    public void Dispose() => _log.Dispose();

    [Fact]
    public void Flood_IsSlowedDown_OthersAreNot()
    {
        var pauses = Enumerable.Range(0, 1000).Select(_ => _tokens.Seen(Here)).ToList();

        Assert.All(pauses[..10], pause => Assert.Equal(TimeSpan.Zero, pause));
        Assert.Equal(TimeSpan.FromMilliseconds(100), pauses[10]);
        Assert.Equal(pauses.Order(), pauses);
        Assert.Equal(_limits.LongestTokenPause, pauses[^1]);
        Assert.Equal(TimeSpan.Zero, _tokens.Seen(There));
    }

    [Fact]
    public void AfterAFlood_AMinuteIsEnough()
    {
        for (var i = 0; i < 100_000; i++)
            _tokens.Seen(Here);

        _time.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal(TimeSpan.Zero, _tokens.Seen(Here));
    }

    [Fact]
    public void Flood_IsToldOnceAMinute()
    {
        for (var i = 0; i < 500; i++)
            _tokens.Seen(Here);
        Assert.Equal(["192.0.2.1: a wrong token"], _told.Warnings);

        _time.Advance(TimeSpan.FromMinutes(1));
        for (var i = 0; i < 7; i++)
            _tokens.Seen(Here);
        _time.Advance(TimeSpan.FromMinutes(1));
        _time.Advance(TimeSpan.FromMinutes(10));

        Assert.Equal(
            ["192.0.2.1: a wrong token", "192.0.2.1: a wrong token; 499 more times in the last 60 s",
                "192.0.2.1: a wrong token; 7 more times in the last 60 s"], _told.Warnings);
    }

    [Fact]
    public void Flood_FromManyAddresses_IsToldInFewLinesAndFewAreRemembered()
    {
        var pauses = Enumerable.Range(0, 20_000).Select(number => _tokens.Seen(new IPAddress(number + 1))).ToList();

        _time.Advance(TimeSpan.FromMinutes(1));

        Assert.All(pauses, pause => Assert.Equal(TimeSpan.Zero, pause));
        Assert.InRange(_told.Warnings.Count(), 2, 102);
        Assert.StartsWith("other addresses: a wrong token; ", _told.Warnings.Last(), StringComparison.Ordinal);
    }
}
