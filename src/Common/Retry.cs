using Polly;
using Polly.Retry;

namespace FineWebTorch.Common;

/// <summary>How often something is tried, and how long the pauses between attempts are.</summary>
public sealed record RetryOptions
{
    /// <summary>For <see cref="Attempts"/>: until it works or is cancelled.</summary>
    public const int Forever = int.MaxValue;

    /// <summary>In all, the first one included.</summary>
    public int Attempts { get; init; } = 6;

    /// <summary>Before the second attempt; each further pause is twice as long.</summary>
    public TimeSpan FirstDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The doubling stops here.</summary>
    public TimeSpan LongestDelay { get; init; } = TimeSpan.FromSeconds(15);

    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Uniform in [0, 1).</summary>
    public Func<double> Random { get; init; } = System.Random.Shared.NextDouble;

    /// <summary>
    /// Exponential back-off with jitter, between half of and the whole doubling step: machines that failed together
    /// must not come back in step, not even once the doubling has stopped (where Polly's own jitter ends).
    /// </summary>
    /// <param name="failures">Attempts that have failed, at least 1.</param>
    public TimeSpan PauseAfter(int failures)
    {
        var step = Math.Min(LongestDelay.TotalSeconds, FirstDelay.TotalSeconds * Math.Pow(2, failures - 1));
        return TimeSpan.FromSeconds(step * (0.5 + (Random() / 2)));
    }
}

/// <summary>Tries again what may pass by itself, as a Polly pipeline.</summary>
public static class Retry
{
    /// <param name="options">How often and after which pauses.</param>
    /// <param name="mayPass">Whether another attempt makes sense after this failure; any other is thrown.</param>
    /// <param name="asked">
    /// The pause that the other side asked for (<c>Retry-After</c>), by failure and number of failures so far; null
    /// where it asked for none.
    /// </param>
    /// <param name="onRetry">Told of the failure, the pause that follows, and the number of failures so far.</param>
    /// <returns>
    /// To be used by its <c>ExecuteAsync</c>, any number of times and at once; each call counts its own failures.
    /// </returns>
    public static ResiliencePipeline Create(
        RetryOptions options, Func<Exception, bool> mayPass, Func<Exception, int, TimeSpan?>? asked = null,
        Action<Exception, TimeSpan, int>? onRetry = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Attempts, 1);
        if (options.Attempts == 1)
            return ResiliencePipeline.Empty;
        return new ResiliencePipelineBuilder { TimeProvider = options.Time }.AddRetry(new RetryStrategyOptions
        {
            MaxRetryAttempts = options.Attempts == RetryOptions.Forever ? int.MaxValue : options.Attempts - 1,
            ShouldHandle = failed =>
                ValueTask.FromResult(failed.Outcome.Exception is { } exception && mayPass(exception)),
            DelayGenerator = failed =>
            {
                var failures = failed.AttemptNumber + 1;
                return ValueTask.FromResult<TimeSpan?>(
                    asked?.Invoke(failed.Outcome.Exception!, failures) ?? options.PauseAfter(failures));
            },
            OnRetry = failed =>
            {
                onRetry?.Invoke(failed.Outcome.Exception!, failed.RetryDelay, failed.AttemptNumber + 1);
                return default;
            },
        }).Build();
    }
}
