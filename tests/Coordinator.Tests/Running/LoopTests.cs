using System.Threading.Channels;
using FineWebTorch.Coordinator.Running;

namespace FineWebTorch.Coordinator.Tests.Running;

/// <summary>Looks at a run that goes on, and at one that has ended or failed.</summary>
public sealed class LoopTests : IAsyncDisposable, IRunObserver
{
    private static readonly TimeSpan Patience = GatedRun.Patience;
    private readonly GatedRun _run = new(Runs.File(0, 4));
    private readonly FakeTime _time = new();

    public LoopTests() => _run.Start(this, _time);

    void IRunObserver.Observe(RunEvent happened)
    {
    }

    public ValueTask DisposeAsync() => _run.DisposeAsync();

    [Fact]
    public async Task Snapshot_LastsATenthOfASecond()
    {
        _time.Advance(TimeSpan.FromSeconds(1));
        var first = await SnapshotAsync();
        Assert.Equal(TimeSpan.FromSeconds(1), first.Elapsed);

        _time.Advance(TimeSpan.FromMilliseconds(99));
        Assert.Same(first, await SnapshotAsync());
        _time.Advance(TimeSpan.FromMilliseconds(2));

        Assert.Equal(1.101, (await SnapshotAsync()).Elapsed.TotalSeconds, 3);
    }

    [Fact]
    public async Task Snapshot_AtTheVeryBeginning_IsTakenAnew()
    {
        await PauseAsync();

        Assert.True((await SnapshotAsync()).Paused);
    }

    [Fact]
    public async Task Snapshot_OfARunThatHasEnded_IsTheLastOne()
    {
        await PauseAsync();
        _time.Advance(TimeSpan.FromSeconds(7));

        await _run.Loop.DisposeAsync();

        var last = await SnapshotAsync();
        Assert.Equal((true, TimeSpan.FromSeconds(7)), (last.Paused, last.Elapsed));
        await Assert.ThrowsAsync<ChannelClosedException>(() => _run.Loop.PostAsync(new RunCommand.Tick()).AsTask());
    }

    /// <summary>Whoever looks in the step for which the disk is too full hears how the run stood then.</summary>
    [Fact]
    public async Task Snapshot_AskedForInTheStepThatFails_IsAnswered()
    {
        await using var run = new GatedRun(Runs.File(0, 4));
        run.HoldUp(_ => true);
        run.Start(this, new FakeTime());
        await run.CommittingAsync();
        run.Ledger.Committing = _ => throw new IOException("no space left on device");
        var looked = run.Loop.AskAsync<RunSnapshot>(answer => new RunCommand.Look(answer));

        run.GoOn();

        await Assert.ThrowsAsync<IOException>(() => run.Loop.Over.WaitAsync(Patience));
        Assert.Equal(1, (await looked.WaitAsync(Patience)).Files);
    }

    [Fact]
    public async Task Progress_GrowsWithFilesThatEnd()
    {
        Assert.Equal(0, _run.Loop.Progress);

        await AskAsync(new ControlRequest.Skip(new NamePatterns(["*"])));

        await _run.Loop.Over.WaitAsync(Patience);
        Assert.Equal(1, _run.Loop.Progress);
        Assert.Null(_run.Loop.Standstill);
        Assert.Equal((0, 0), (_run.Loop.Sessions, _run.Loop.Awaited));
    }

    private Task<ControlAnswer> PauseAsync() => AskAsync(new ControlRequest.Pause(GiveBack: false));

    private Task<ControlAnswer> AskAsync(ControlRequest request) => _run.Loop.AskAsync<ControlAnswer>(
        answer => new RunCommand.Control(request, answer)).WaitAsync(Patience);

    private Task<RunSnapshot> SnapshotAsync() => _run.Loop.SnapshotAsync().WaitAsync(Patience);
}
