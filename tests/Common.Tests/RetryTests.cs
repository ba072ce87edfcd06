namespace FineWebTorch.Common.Tests;

public sealed class RetryTests
{
    private readonly ImmediateTime _time = new();

    private RetryOptions Options => new() { Attempts = 4, Time = _time, Random = () => 1 };

    [Fact]
    public async Task Execute_FailureThatMayPass_IsTriedAgainAfterGrowingPauses()
    {
        var told = new List<(string, double, int)>();
        var retry = Retry.Create(
            Options, failure => failure is IOException,
            onRetry: (failure, pause, failures) => told.Add((failure.Message, pause.TotalSeconds, failures)));

        var result = await retry.ExecuteAsync(
            _ => told.Count < 2 ? throw new IOException("away") : ValueTask.FromResult("there"),
            TestContext.Current.CancellationToken);

        Assert.Equal("there", result);
        Assert.Equal([("away", 1, 1), ("away", 2, 2)], told);
        Assert.Equal([1, 2], _time.Pauses);
    }

    [Fact]
    public async Task Execute_FailureThatStays_IsThrownAfterTheLastAttempt()
    {
        var attempts = 0;
        var retry = Retry.Create(Options, _ => true);

        await Assert.ThrowsAsync<IOException>(
            () => RunAsync(retry, () => throw new IOException($"{++attempts}")));

        Assert.Equal(4, attempts);
    }

    [Fact]
    public async Task Execute_FailureThatCannotPass_IsThrownAtOnce()
    {
        var retry = Retry.Create(Options, failure => failure is IOException);

        await Assert.ThrowsAsync<InvalidDataException>(() => RunAsync(retry, () => throw new InvalidDataException()));

        Assert.Empty(_time.Pauses);
    }

    [Fact]
    public async Task Execute_PauseThatWasAskedFor_IsKept()
    {
        var retry = Retry.Create(
            Options, _ => true, asked: (_, failures) => failures == 2 ? TimeSpan.FromSeconds(77) : null);

        await Assert.ThrowsAsync<IOException>(() => RunAsync(retry, () => throw new IOException()));

        Assert.Equal([1, 77, 4], _time.Pauses);
    }

    [Fact]
    public async Task Execute_Forever_EndsOnlyWhenCancelled()
    {
        using var stop = new CancellationTokenSource();
        var attempts = 0;
        var retry = Retry.Create(Options with { Attempts = RetryOptions.Forever }, _ => true);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => retry.ExecuteAsync(
            _ =>
            {
                if (++attempts == 3000)
                    stop.Cancel();
                throw new IOException();
            }, stop.Token).AsTask());

        Assert.Equal((3000, 15), (attempts, _time.Pauses.Max()));
    }

    [Fact]
    public async Task Execute_OneAttempt_IsNoRetry()
    {
        var retry = Retry.Create(Options with { Attempts = 1 }, _ => true);

        await Assert.ThrowsAsync<IOException>(() => RunAsync(retry, () => throw new IOException()));

        Assert.Empty(_time.Pauses);
    }

    [Theory]
    [InlineData(0, new[] { 0.125, 0.25, 0.5, 1, 2, 4, 7.5, 7.5 })]
    [InlineData(0.5, new[] { 0.1875, 0.375, 0.75, 1.5, 3, 6, 11.25, 11.25 })]
    [InlineData(1, new[] { 0.25, 0.5, 1, 2, 4, 8, 15, 15 })]
    public void PauseAfter_Failures_DoublesUpToALimitAndVariesByHalf(double random, double[] seconds)
    {
        var options = new RetryOptions { FirstDelay = TimeSpan.FromSeconds(0.25), Random = () => random };

        Assert.Equal(seconds, Enumerable.Range(1, 8).Select(failures => options.PauseAfter(failures).TotalSeconds));
        Assert.Equal(seconds[^1], options.PauseAfter(5000).TotalSeconds);
    }

    private static Task RunAsync(Polly.ResiliencePipeline retry, Func<ValueTask> attempt) =>
        retry.ExecuteAsync(_ => attempt(), TestContext.Current.CancellationToken).AsTask();

    /// <summary>A clock on which every pause is over at once.</summary>
    private sealed class ImmediateTime : TimeProvider
    {
        public List<double> Pauses { get; } = [];

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Pauses.Add(dueTime.TotalSeconds);
            return System.CreateTimer(callback, state, TimeSpan.Zero, period);
        }
    }
}
