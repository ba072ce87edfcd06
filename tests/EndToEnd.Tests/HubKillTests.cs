using FineWebTorch.HubEmulator;

namespace FineWebTorch.EndToEnd.Tests;

/// <summary>
/// <c>kill -9</c> while shards travel to the Hub and while they are committed: the same command leads to one commit,
/// with the bytes of an undisturbed run, and sends nothing that the storage has.
/// </summary>
public sealed class HubKillTests(HubFolder hub) : IClassFixture<HubFolder>, IAsyncLifetime
{
    private const string Undisturbed = "undisturbed";
    private const int Files = 2;

    private readonly TaskCompletionSource _moment = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _never = new TaskCompletionSource().Task;

    /// <summary>The first test of the class makes the run that the others are compared with.</summary>
    public async ValueTask InitializeAsync()
    {
        if (hub.Server.Store.Find("datasets", "alice/" + Undisturbed) is not null)
            return;
        await using var coordinator = hub.Coordinate(Undisturbed);
        await using var worker = await hub.WorkAsync(coordinator);
        await EndAsync(coordinator, worker);
        Assert.Equal(Files, hub.PublishedOnce(Undisturbed).Count);
    }

    public ValueTask DisposeAsync()
    {
        hub.Server.Faults.Clear();
        return ValueTask.CompletedTask;
    }

    [Theory]
    [InlineData(RequestKind.ObjectPut, false)]
    [InlineData(RequestKind.ObjectPut, true)]
    [InlineData(RequestKind.PartPut, false)]
    [InlineData(RequestKind.Complete, true)]
    public async Task Worker_KilledWhileItUploads_LeavesTheRestToItsSuccessor(string kind, bool arrived)
    {
        var name = $"worker-{kind}-{arrived}";
        hub.Server.Faults.Add(InTheMidst(kind, arrived));
        await using var coordinator = hub.Coordinate(name);
        await using (var worker = await hub.WorkAsync(coordinator))
            await KillAsync(worker);
        await using var successor = await hub.WorkAsync(coordinator);
        await EndAsync(coordinator, successor);

        AssertPublished(name);
    }

    [Theory]
    [InlineData(RequestKind.ObjectPut, false)]
    [InlineData(RequestKind.PartPut, true)]
    [InlineData(RequestKind.LfsVerify, true)]
    public async Task Coordinator_KilledWhileItsWorkerUploads_GoesOnWithIt(string kind, bool arrived)
    {
        var name = $"uploads-{kind}-{arrived}";
        hub.Server.Faults.Add(InTheMidst(kind, arrived));
        await using var coordinator = hub.Coordinate(name);
        await using var worker = await hub.WorkAsync(coordinator);
        var listen = new Uri((await coordinator.WorkerArgumentsAsync())[^1]).Authority;
        await KillAsync(coordinator);
        await using var second = hub.Coordinate(name, listen: listen);
        await EndAsync(second, worker);

        AssertPublished(name);
    }

    /// <param name="earlier">Requests of this kind that are let pass: those of the uploads.</param>
    [Theory]
    [InlineData(RequestKind.LfsBatch, Files, false)]
    [InlineData(RequestKind.Commit, 0, false)]
    [InlineData(RequestKind.Commit, 0, true)]
    public async Task Coordinator_KilledBeforeItsCommitIsAnswered_CommitsOnce(string kind, int earlier, bool applied)
    {
        var name = $"commit-{kind}-{applied}";
        hub.Server.Faults.Add(InTheMidst(kind, applied) with { Skip = earlier });
        await KillAsync(name);
        Assert.Equal(applied ? 1 : 0, hub.Commits(name).Count);

        await ContinueAsync(name);
    }

    [Fact]
    public async Task Coordinator_KilledAsSoonAsItsCommitIsAnswered_DoesNotRepeatIt()
    {
        hub.Server.Faults.Add(new Fault { Kind = RequestKind.Commit, Answered = _moment });
        await KillAsync("answered");

        await ContinueAsync("answered");
    }

    /// <summary>Some of the request's body has been read; or all is done, and the answer is never sent.</summary>
    private Fault InTheMidst(string kind, bool applied) => applied
        ? new Fault { Kind = kind, ApplyFirst = true, Until = _never, Reached = _moment }
        : kind is RequestKind.ObjectPut or RequestKind.PartPut
            ? new Fault { Kind = kind, StopReadingAt = 4_000, Reached = _moment }
            : new Fault { Kind = kind, Until = _never, Reached = _moment };

    /// <summary>A run that is killed at the moment while it publishes.</summary>
    private async Task KillAsync(string name)
    {
        await using var coordinator = hub.Coordinate(name);
        await using var worker = await hub.WorkAsync(coordinator);
        await KillAsync(coordinator);
        Assert.Equal(0, await worker.ExitAsync());
    }

    private async Task KillAsync(ProgramProcess program)
    {
        await Task.WhenAny(_moment.Task, program.ExitAsync());
        Assert.True(_moment.Task.IsCompleted, $"the moment never came:\n{program.Output}\n{program.Errors}");
        program.Signal("KILL");
        await program.ExitAsync();
    }

    private async Task ContinueAsync(string name)
    {
        await using var again = hub.Coordinate(name);
        Assert.True(await again.ExitAsync() == 0, again.Errors);
        Assert.Contains(hub.Commits(name)[0].Id, again.Output, StringComparison.Ordinal);
        AssertPublished(name);
    }

    private static async Task EndAsync(ProgramProcess coordinator, ProgramProcess worker)
    {
        Assert.True(await coordinator.ExitAsync() == 0, coordinator.Errors);
        Assert.True(await worker.ExitAsync() == 0, worker.Errors);
    }

    private void AssertPublished(string name)
    {
        Assert.Equal(0, hub.Server.Faults.Count);
        Assert.Equal(hub.PublishedOnce(Undisturbed), hub.PublishedOnce(name));
    }
}
