using FineWebTorch.Coordinator.Console;
using FineWebTorch.Coordinator.Running;

namespace FineWebTorch.Coordinator.Tests.Console;

public sealed class OutlookTests
{
    private readonly RateMeter _meter = new(pricePerHour: 3);

    [Fact]
    public void Remaining_OfASteadyRate_IsSure()
    {
        var rates = After(seconds: 60, _ => 10);

        Assert.Equal(TimeSpan.FromSeconds(9_400 / 10.0), rates.Remaining);
        Assert.Equal(rates.Remaining, rates.RemainingLow);
        Assert.Equal(rates.Remaining, rates.RemainingHigh);
    }

    [Fact]
    public void Remaining_OfARateThatVaries_HasARange()
    {
        // Six seconds fast, six slow: ten rows a second on average.
        var rates = After(seconds: 120, second => second / 6 % 2 == 0 ? 15 : 5);

        Assert.Equal(880, rates.Remaining!.Value.TotalSeconds, 0.5);
        Assert.InRange(rates.RemainingLow!.Value.TotalSeconds, 600, 860);
        Assert.InRange(rates.RemainingHigh!.Value.TotalSeconds, 900, 1_500);
    }

    [Fact]
    public void Remaining_OfOneBurst_HasNoEndThatIsSure()
    {
        var rates = After(seconds: 60, second => second == 59 ? 600 : 0);

        Assert.NotNull(rates.Remaining);
        Assert.NotNull(rates.RemainingLow);
        Assert.Null(rates.RemainingHigh);
    }

    [Fact]
    public void Remaining_BeforeHalfAMinute_HasNoRange()
    {
        var rates = After(seconds: 10, _ => 10);

        Assert.Equal(TimeSpan.FromSeconds(990), rates.Remaining);
        Assert.Null(rates.RemainingLow);
    }

    [Fact]
    public void Remaining_AfterWorkersHaveCome_IsOfNow()
    {
        After(seconds: 300, _ => 10, workers: 1);
        var rates = After(seconds: 60, _ => 20, workers: 2, from: 300, rows: 3_000);

        Assert.Equal((10_000 - 4_200) / 20.0, rates.Remaining!.Value.TotalSeconds, 0.5);
    }

    [Fact]
    public void Remaining_WhileNothingGoesOn_IsNotPromised()
    {
        After(seconds: 60, _ => 10);
        var rates = After(seconds: 40, _ => 0, from: 60, rows: 600);

        Assert.Null(rates.Remaining);
        Assert.Null(rates.RemainingHigh);
    }

    [Fact]
    public void Cost_IsOfTheWorkersThatWereHere()
    {
        After(seconds: 1_800, _ => 1, workers: 2);
        var rates = After(seconds: 3_600, _ => 1, workers: 1, from: 1_800, rows: 1_800);

        // Two for half an hour and one for an hour.
        Assert.Equal(6, rates.Cost!.SoFar, 2);
        Assert.Equal(3, rates.Cost.PerHour);
        Assert.Equal(3 * (10_000 - 5_400) / 3_600.0, rates.Cost.ToEnd!.Value, 2);
    }

    /// <summary>A run of 10,000 rows, looked at each second.</summary>
    private RunRates After(int seconds, Func<int, int> rowsOf, int workers = 1, int from = 0, long rows = 0)
    {
        var rates = _meter.Add(Snapshot(from, rows, workers)).Rates;
        for (var second = 0; second < seconds; second++)
        {
            rows += rowsOf(second);
            rates = _meter.Add(Snapshot(from + second + 1, rows, workers)).Rates;
        }

        return rates;
    }

    private static RunSnapshot Snapshot(int seconds, long rows, int workers) => new(
        TimeSpan.FromSeconds(seconds), 4, 1, 0, 10_000, rows, 0, 0, rows,
        [.. Enumerable.Range(0, workers).Select(worker => new WorkerSnapshot($"{worker}", $"{worker}", "GPU", true, 0, ""))],
        workers, 0);
}
