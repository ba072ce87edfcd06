using FineWebTorch.Common;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Hub;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace FineWebTorch.Coordinator.Metrics;

/// <summary>Whether a coordinator can do its work, by what is known: nobody is called for it.</summary>
/// <param name="loop">Of the run; it commits to the ledger, and stands still when that does.</param>
/// <param name="hub">Null where the run needs none.</param>
internal sealed class RunHealth(RunLoop loop, HubReach? hub) : IHealthCheck
{
    /// <summary>The loop steps twice a second.</summary>
    private static readonly TimeSpan LoopPatience = TimeSpan.FromSeconds(15);

    /// <summary>Requests are repeated for some time before they fail.</summary>
    private static readonly TimeSpan HubPatience = TimeSpan.FromSeconds(60);

    /// <summary>What is wrong, a line each; none where all is well.</summary>
    public IReadOnlyList<string> Faults => [.. FindFaults()];

    public Task<HealthCheckResult> CheckHealthAsync(
        HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(Faults is { Count: > 0 } faults
            ? HealthCheckResult.Unhealthy(string.Join("; ", faults))
            : HealthCheckResult.Healthy());

    private IEnumerable<string> FindFaults()
    {
        if (loop.Over.Exception is { InnerException: { } failure })
            yield return $"the ledger cannot be written: {failure.Message}";
        else if (loop.SilentFor is { } silent && silent > LoopPatience)
            yield return $"the run's loop, which writes the ledger, has stood still for {NumberText.Duration(silent)}";
        if (hub?.SilentFor is { } unreachable && unreachable > HubPatience)
            yield return $"the Hub has not answered for {NumberText.Duration(unreachable)}";
    }
}
