using FineWebTorch.Coordinator.Running;

namespace FineWebTorch.Coordinator.Console;

/// <summary>
/// Looks at a run once a second. Whoever watches the run, at a terminal, on a page or from outside, reads it here, so that
/// all see the same.
/// </summary>
internal sealed class RunWatch : IAsyncDisposable
{
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _ending = new();
    private readonly Func<CancellationToken, Task<RunSnapshot>> _look;
    private readonly RateMeter _meter;
    private readonly TimeProvider _time;
    private readonly Task _watching;
    private TaskCompletionSource<RunProgress> _next = NewNext();
    private volatile RunProgress? _now;

    /// <param name="meter">Of this watch alone.</param>
    public RunWatch(Func<CancellationToken, Task<RunSnapshot>> look, RateMeter meter, TimeProvider time)
    {
        (_look, _meter, _time) = (look, meter, time);
        _watching = WatchAsync();
    }

    /// <summary>Null until it has been looked for the first time.</summary>
    public RunProgress? Now => _now;

    /// <summary>The run as it has been from the beginning of this session.</summary>
    public RunHistory History { get; } = new();

    /// <summary>What is seen next. Who asks late misses what was seen in between, and nothing waits for it.</summary>
    /// <exception cref="OperationCanceledException">The watch is over.</exception>
    public Task<RunProgress> NextAsync(CancellationToken cancellationToken) =>
        Volatile.Read(ref _next).Task.WaitAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await _watching;
        _ending.Dispose();
    }

    private static TaskCompletionSource<RunProgress> NewNext() =>
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task WatchAsync()
    {
        using var timer = new PeriodicTimer(Interval, _time);
        try
        {
            do
                Show(_meter.Add(await _look(_ending.Token)));
            while (await timer.WaitForNextTickAsync(_ending.Token));
        }
        catch (OperationCanceledException)
        {
            // The session ends.
        }

        Volatile.Read(ref _next).TrySetCanceled();
    }

    private void Show(RunProgress progress)
    {
        History.Add(progress, _time.GetUtcNow());
        progress = progress with { Past = History.Past() };
        _now = progress;
        Interlocked.Exchange(ref _next, NewNext()).TrySetResult(progress);
    }
}

/// <summary>How a run goes now.</summary>
internal sealed record RunProgress(RunSnapshot Snapshot, RunRates Rates)
{
    /// <summary>How it has gone in this session.</summary>
    public RunPast Past { get; init; } = new([], []);

    /// <summary>The last ones, in their order, for those who are not told of them as they happen.</summary>
    public IReadOnlyList<ToldEvent> Events { get; init; } = [];
}
