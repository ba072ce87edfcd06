using FineWebTorch.Coordinator.Publishing;
using FineWebTorch.Coordinator.Running;

namespace FineWebTorch.Coordinator.Tests.OnHub;

/// <summary>A run of the four sample files that commits in steps. Every call is a coordinator of its own.</summary>
internal static class SteppedRun
{
    /// <summary>Shards are made, and wait for a step.</summary>
    /// <param name="built">When; by default so long ago that a step is due.</param>
    public static async Task ScoreAsync(
        HubRun hub, CommandLine arguments, IEnumerable<int> files, DateTimeOffset built = default)
    {
        using var run = await hub.Sample.PrepareAsync(arguments);
        foreach (var file in files)
            await ScoredRun.CompleteAsync(hub.Sample, run, run.Core.Files[file].Record, built: built);
    }

    /// <summary>What a coordinator does once a minute while others still work.</summary>
    /// <returns>What it told.</returns>
    public static async Task<IReadOnlyList<RunEvent>> StepAsync(
        HubRun hub, CommandLine arguments, TimeProvider? time = null)
    {
        using var run = await hub.Sample.PrepareAsync(arguments);
        using var observer = new HubSession();
        var steps = new StepPublisher(
            run.HubOutput!, new RunPullRequest(run.HubOutput!, run.PullRequest), run.Ledger, run.Core, run.Places,
            observer, time ?? TimeProvider.System,
            run.Core.CommittedShards);
        await steps.CommitAsync(
            changes =>
            {
                run.Ledger.Commit(changes);
                return Task.CompletedTask;
            },
            CancellationToken.None);
        return [.. observer.Events];
    }
}
