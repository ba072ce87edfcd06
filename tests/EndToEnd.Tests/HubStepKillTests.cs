using FineWebTorch.HubEmulator;

namespace FineWebTorch.EndToEnd.Tests;

/// <summary>
/// <c>kill -9</c> of a coordinator that commits in steps, at every request by which something becomes of its pull
/// request: the same command ends in one merge, with nothing sent twice.
/// </summary>
public sealed class HubStepKillTests(HubFolder hub) : IClassFixture<HubFolder>, IAsyncDisposable
{
    private readonly TaskCompletionSource _moment = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _never = new TaskCompletionSource().Task;

    public ValueTask DisposeAsync()
    {
        hub.Server.Faults.Clear();
        return ValueTask.CompletedTask;
    }

    /// <param name="earlier">Commits that are let pass: the first one opens the pull request.</param>
    [Theory]
    [InlineData(RequestKind.Commit, 0, false)]
    [InlineData(RequestKind.Commit, 0, true)]
    [InlineData(RequestKind.Commit, 1, false)]
    [InlineData(RequestKind.Commit, 1, true)]
    [InlineData(RequestKind.Merge, 0, false)]
    [InlineData(RequestKind.Merge, 0, true)]
    public async Task Coordinator_KilledWhileItCommitsInSteps_MergesOnce(string kind, int earlier, bool applied)
    {
        var name = $"steps-{kind}-{earlier}-{applied}";
        if (earlier > 0)
            SecondShardWaitsForTheFirstStep();
        hub.Server.Faults.Add(new Fault
        {
            Kind = kind,
            ApplyFirst = applied,
            Until = _never,
            Reached = _moment,
        });
        await using var coordinator = hub.Coordinate(name, options: Options);
        await using var worker = await hub.WorkAsync(coordinator);
        var listen = new Uri((await coordinator.WorkerArgumentsAsync())[^1]).Authority;
        await Task.WhenAny(_moment.Task, coordinator.ExitAsync());
        Assert.True(_moment.Task.IsCompleted, $"the moment never came:\n{coordinator.Output}\n{coordinator.Errors}");
        coordinator.Signal("KILL");
        await coordinator.ExitAsync();

        await using var again = hub.Coordinate(name, listen: listen, options: Options);
        Assert.True(await again.ExitAsync() == 0, again.Errors);
        Assert.True(await worker.ExitAsync() == 0, worker.Errors);

        Assert.Equal(2, hub.PublishedOnce(name).Count);
        var discussion = Assert.Single(hub.Server.Store.Find("datasets", "alice/" + name)!.State.Discussions);
        Assert.Equal((Discussion.Merged, hub.Commits(name)[0].Id), (discussion.Status, discussion.MergeCommit));
    }

    /// <summary>Else both might be in one step, and there would be no other.</summary>
    private void SecondShardWaitsForTheFirstStep()
    {
        var first = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        hub.Server.Faults.Add(
            new Fault { Kind = RequestKind.Commit, Until = Task.CompletedTask, Answered = first });
        hub.Server.Faults.Add(new Fault { Kind = RequestKind.LfsBatch, Skip = 1, Until = first.Task });
    }

    private static string[] Options => ["--publish", "steps", "--publish-every", "200ms"];
}
