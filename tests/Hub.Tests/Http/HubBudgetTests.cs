namespace FineWebTorch.Hub.Tests;

public sealed class HubBudgetTests
{
    private readonly AutoTime _time = new();

    [Fact]
    public async Task Acquire_EmptyBucket_WaitsForItsWindowToEnd()
    {
        var budget = new HubBudget(_time);
        budget.Report(HubBucket.Api, 0, TimeSpan.FromSeconds(55));
        await budget.AcquireAsync(HubBucket.Resolvers, default);
        Assert.Empty(_time.Delays);
        await budget.AcquireAsync(HubBucket.Api, default);
        Assert.Equal([TimeSpan.FromSeconds(56)], _time.Delays);
    }

    [Fact]
    public async Task Acquire_MoreThanRemaining_WaitsOnceItIsUsedUp()
    {
        var budget = new HubBudget(_time);
        budget.Report(HubBucket.Api, 2, TimeSpan.FromSeconds(10));
        await budget.AcquireAsync(HubBucket.Api, default);
        await budget.AcquireAsync(HubBucket.Api, default);
        Assert.Empty(_time.Delays);
        await budget.AcquireAsync(HubBucket.Api, default);
        Assert.Single(_time.Delays);
    }

    [Fact]
    public async Task Report_AnswersOvertakeOneAnother_TheLowestCountHolds()
    {
        var budget = new HubBudget(_time);
        budget.Report(HubBucket.Api, 0, TimeSpan.FromSeconds(10));
        budget.Report(HubBucket.Api, 7, TimeSpan.FromSeconds(11));
        await budget.AcquireAsync(HubBucket.Api, default);
        Assert.Single(_time.Delays);
    }
}
