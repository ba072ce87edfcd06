using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace FineWebTorch.Hub;

/// <summary>How bytes travel: time, chance, limits. The defaults are those of production.</summary>
public sealed record HubTransportOptions
{
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Numbers in [0, 1) for jitter.</summary>
    public Func<double> Random { get; init; } = System.Random.Shared.NextDouble;

    public ILogger Logger { get; init; } = NullLogger.Instance;

    public RetryPolicy Retry { get; init; } = RetryPolicy.Default;

    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>From sending a request to the head of its answer. Commits have their own limit.</summary>
    public TimeSpan AnswerTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a body may stay silent.</summary>
    public TimeSpan SilenceTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The program and its version, first in the <c>User-Agent</c>.</summary>
    public string Program { get; init; } = "finewebtorch";

    /// <summary>With <c>HF_HUB_DOWNLOAD_TIMEOUT</c> for the limit on silence.</summary>
    public static HubTransportOptions From(HubEnvironment environment) =>
        new() { SilenceTimeout = environment.DownloadTimeout };

    /// <summary>Makes the innermost handler; null for a socket handler without redirects and cookies.</summary>
    public Func<HttpMessageHandler>? Handler { get; init; }
}
