using System.Net;

namespace FineWebTorch.Hub;

/// <summary>When a failed request is sent again, and after how long.</summary>
public sealed record RetryPolicy
{
    /// <summary>What all requests use that name no other.</summary>
    public static RetryPolicy Default { get; } = new();

    /// <summary>Requests in all, the first one included.</summary>
    public int Attempts { get; init; } = 6;

    public TimeSpan FirstDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The doubling stops here.</summary>
    public TimeSpan LongestDelay { get; init; } = TimeSpan.FromSeconds(8);

    /// <summary>
    /// After a 429 that leaves requests of the named quota: another quota (commits per hour, say) is used up, and
    /// the reset it names is not that quota's.
    /// </summary>
    public TimeSpan OtherQuotaDelay { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>A server that asks for more than this is not waited for.</summary>
    public TimeSpan LongestAskedDelay { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>Statuses that may pass by themselves. Everything else is an answer.</summary>
    public static bool IsTransient(HttpStatusCode status) => (int)status is 408 or 429 or 500 or 502 or 503 or 504;

    /// <summary>The wait before attempt <paramref name="failures"/> + 1; null to give up.</summary>
    /// <param name="failures">Attempts that have failed, at least 1.</param>
    /// <param name="answer">What the server said; null where the connection failed.</param>
    /// <param name="random">In [0, 1): the jitter, since many machines wake together.</param>
    public TimeSpan? NextDelay(int failures, RetryAnswer? answer, double random)
    {
        if (failures >= Attempts)
            return null;
        var doubled = Doubled(FirstDelay, LongestDelay, failures);
        var asked = answer switch
        {
            { Status: HttpStatusCode.TooManyRequests, RateLimit: { Remaining: 0 } limit } => limit.Reset + Second,
            { RetryAfter: { } after } => after + Second,
            { Status: HttpStatusCode.TooManyRequests, RateLimit.Remaining: > 0 } =>
                Doubled(OtherQuotaDelay, LongestAskedDelay, failures),
            _ => doubled,
        };
        return asked > LongestAskedDelay ? null : asked + (doubled * (random * 0.5));
    }

    private static TimeSpan Second => TimeSpan.FromSeconds(1);

    private static TimeSpan Doubled(TimeSpan first, TimeSpan longest, int failures)
    {
        var delay = first * Math.Pow(2, Math.Min(failures - 1, 20));
        return delay > longest ? longest : delay;
    }
}

/// <summary>What a server said with a failure.</summary>
/// <param name="RetryAfter">The header, where it is a plain number of seconds.</param>
public sealed record RetryAnswer(HttpStatusCode Status, TimeSpan? RetryAfter, RateLimitStatus? RateLimit);
