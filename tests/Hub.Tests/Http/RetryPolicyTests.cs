using System.Net;
using FineWebTorch.Common;

namespace FineWebTorch.Hub.Tests;

public sealed class RetryPolicyTests
{
    private static readonly RetryPolicy Policy = RetryPolicy.Default;
    private static readonly RetryOptions Pauses = new() { FirstDelay = Policy.FirstDelay, Random = () => 0 };

    [Theory]
    [InlineData(0, 2, null, 3)]
    [InlineData(949, 271, null, 120)]
    [InlineData(949, 271, 5, 6)]
    [InlineData(null, null, 2, 3)]
    [InlineData(null, null, null, 0.75)]
    public void PauseAfter_TooManyRequests_BelievesTheRightHeader(
        int? remaining, int? reset, int? after, double seconds)
    {
        var limit = remaining is { } left
            ? new RateLimitStatus(HubBucket.Api, left, TimeSpan.FromSeconds(reset!.Value)) : null;
        var said = new RetryHint(
            HttpStatusCode.TooManyRequests, after is { } wait ? TimeSpan.FromSeconds(wait) : null, limit);

        Assert.Equal(seconds, Policy.PauseAfter(said, 1, Pauses).TotalSeconds);
    }

    [Fact]
    public void PauseAfter_AnotherQuotaIsUsedUp_DoublesAsFarAsAServerMayAsk()
    {
        var said = new RetryHint(
            HttpStatusCode.TooManyRequests, null, new RateLimitStatus(HubBucket.Api, 949, TimeSpan.Zero));

        Assert.Equal(
            [2, 4, 8, 15, 15],
            Enumerable.Range(1, 5).Select(failures => Policy.PauseAfter(said, failures, Pauses).TotalMinutes));
    }

    [Fact]
    public void PauseAfter_WaitThatWasAskedFor_IsSpreadToo()
    {
        var said = new RetryHint(HttpStatusCode.ServiceUnavailable, TimeSpan.FromSeconds(4), null);
        var late = Pauses with { Random = () => 0.999 };

        Assert.Equal(5, Policy.PauseAfter(said, 1, Pauses).TotalSeconds);
        Assert.InRange(Policy.PauseAfter(said, 1, late).TotalSeconds, 5.7, 5.8);
    }
}
