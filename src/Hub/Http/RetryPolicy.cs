using System.Net;
using System.Net.Http.Headers;
using FineWebTorch.Common;
using Polly;

namespace FineWebTorch.Hub;

/// <summary>When a failed request is sent again, and after how long.</summary>
public sealed record RetryPolicy
{
    /// <summary>What all requests use that name no other.</summary>
    public static RetryPolicy Default { get; } = new();

    /// <summary>Requests in all, the first one included.</summary>
    public int Attempts { get; init; } = 6;

    /// <summary>Each pause is twice as long as the one before, and shortened by up to a half at random.</summary>
    public TimeSpan FirstDelay { get; init; } = TimeSpan.FromSeconds(1.5);

    /// <summary>The doubling stops here.</summary>
    public TimeSpan LongestDelay { get; init; } = TimeSpan.FromSeconds(12);

    /// <summary>
    /// After a 429 that leaves requests of the named quota: another quota (commits per hour, say) is used up, and
    /// the reset it names is not that quota's.
    /// </summary>
    public TimeSpan OtherQuotaDelay { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>A server that asks for more than this is not waited for.</summary>
    public TimeSpan LongestAskedDelay { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>Statuses that may pass by themselves. Everything else is an answer.</summary>
    public static bool IsTransient(HttpStatusCode status) => (int)status is 408 or 429 or 500 or 502 or 503 or 504;

    /// <summary>Whether a request that may be repeated is worth repeating.</summary>
    internal static bool MayPass(HubException failure) =>
        failure.Status is { } status ? IsTransient(status) : failure.MayHaveBeenApplied;

    /// <param name="transport">For its clock and its random numbers.</param>
    /// <param name="mayPass">Which failures are worth another attempt.</param>
    /// <param name="onRetry">Told of the failure, the pause that follows, and the number of failures so far.</param>
    /// <param name="count">Failures so far, where not all of them count.</param>
    internal ResiliencePipeline Pipeline(
        HubTransport transport, Func<HubException, bool> mayPass, Action<HubException, TimeSpan, int> onRetry,
        Func<int>? count = null)
    {
        var options = new RetryOptions
        {
            Attempts = count is null ? Attempts : RetryOptions.Forever,
            FirstDelay = FirstDelay,
            LongestDelay = LongestDelay,
            Time = transport.Time,
            Random = transport.Options.Random,
        };
        return Common.Retry.Create(
            options,
            failure => failure is HubException hub && mayPass(hub) && !AsksTooLong(hub) &&
                (count is null || count() < Attempts),
            (failure, failures) => PauseAfter(((HubException)failure).Hint, count?.Invoke() ?? failures, options),
            (failure, pause, failures) => onRetry((HubException)failure, pause, count?.Invoke() ?? failures));
    }

    /// <param name="hint">What the server said; null where it said nothing.</param>
    /// <param name="failures">Attempts that have failed, at least 1.</param>
    internal TimeSpan PauseAfter(RetryHint? hint, int failures, RetryOptions options) =>
        Asked(hint, failures) is { } asked
            ? asked + (FirstDelay * (options.Random() / 2))
            : options.PauseAfter(failures);

    private bool AsksTooLong(HubException failure) => Asked(failure.Hint, 1) > LongestAskedDelay;

    private TimeSpan? Asked(RetryHint? hint, int failures)
    {
        var isQuota = hint?.Status == HttpStatusCode.TooManyRequests;
        return hint switch
        {
            { RateLimit: { Remaining: 0 } limit } when isQuota => limit.Reset + Second,
            { RetryAfter: { } after } => after + Second,
            { RateLimit.Remaining: > 0 } when isQuota =>
                OtherQuotaDelay * Math.Min(Math.Pow(2, failures - 1), LongestAskedDelay / OtherQuotaDelay),
            _ => null,
        };
    }

    private static TimeSpan Second => TimeSpan.FromSeconds(1);
}

/// <summary>What a server said with a failure about when to try again.</summary>
/// <param name="RetryAfter">The header, where it is a plain number of seconds.</param>
/// <param name="RateLimit">Of the quota that is used up, as far as the answer names it.</param>
internal sealed record RetryHint(HttpStatusCode Status, TimeSpan? RetryAfter, RateLimitStatus? RateLimit)
{
    public static RetryHint Read(HttpStatusCode status, HttpResponseHeaders headers)
    {
        var limits = RateLimitStatus.Read(headers);
        return new RetryHint(
            status, headers.RetryAfter?.Delta, limits.FirstOrDefault(limit => limit.Remaining == 0) ??
                (limits.Count > 0 ? limits[0] : null));
    }
}
