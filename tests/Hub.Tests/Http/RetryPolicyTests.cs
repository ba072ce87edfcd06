using System.Net;

namespace FineWebTorch.Hub.Tests;

public sealed class RetryPolicyTests
{
    private static readonly RetryPolicy Policy = RetryPolicy.Default;

    [Fact]
    public void NextDelay_NetworkFailures_DoubleUpToACapThenGiveUp() =>
        Assert.Equal(
            [1, 2, 4, 8, 8, null],
            Enumerable.Range(1, 6).Select(failures => Policy.NextDelay(failures, null, 0)?.TotalSeconds));

    [Theory]
    [InlineData(0, 2, null, 3)]
    [InlineData(949, 271, null, 120)]
    [InlineData(949, 271, 5, 6)]
    [InlineData(null, null, 2, 3)]
    [InlineData(null, null, null, 1)]
    public void NextDelay_TooManyRequests_BelievesTheRightHeader(int? remaining, int? reset, int? after, double seconds)
    {
        var limit = remaining is { } left
            ? new RateLimitStatus(HubBucket.Api, left, TimeSpan.FromSeconds(reset!.Value)) : null;
        var said = new RetryAnswer(
            HttpStatusCode.TooManyRequests, after is { } wait ? TimeSpan.FromSeconds(wait) : null, limit);
        Assert.Equal(seconds, Policy.NextDelay(1, said, 0)!.Value.TotalSeconds);
    }

    [Fact]
    public void NextDelay_Jitter_SpreadsMachinesThatFailedTogether()
    {
        var (least, most) = (Policy.NextDelay(3, null, 0)!.Value, Policy.NextDelay(3, null, 0.999)!.Value);
        Assert.True(most - least > TimeSpan.FromSeconds(1.9));
    }

    [Fact]
    public void NextDelay_AskedForHours_GivesUp()
    {
        var said = new RetryAnswer(HttpStatusCode.ServiceUnavailable, TimeSpan.FromHours(3), null);
        Assert.Null(Policy.NextDelay(1, said, 0));
    }
}
