using System.Collections.Concurrent;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Protos.V1;
using Google.Protobuf;

namespace FineWebTorch.Coordinator.Tests.Running;

/// <summary>What waits for the loop comes into the ledger in transactions of bounded size, in its order.</summary>
public sealed class StepTests : IAsyncDisposable, IRunObserver
{
    private readonly GatedRun _run = new(Runs.File(0, 4));
    private readonly ConcurrentQueue<int> _steps = [];

    public StepTests()
    {
        _run.HoldUp(changes =>
        {
            _steps.Enqueue(changes.Count);
            return true;
        });
        // Its first tick holds it up in its first step.
        _run.Start(this, new FakeTime());
    }

    void IRunObserver.Observe(RunEvent happened)
    {
    }

    public ValueTask DisposeAsync() => _run.DisposeAsync();

    [Fact]
    public async Task Step_ManyCommands_TakesIn512()
    {
        await _run.CommittingAsync();
        for (var ban = 0; ban < 1100; ban++)
            await BanAsync($"w{ban}");

        await EndAsync();

        // The last is that of the question whether all is done.
        Assert.Equal([512, 512, 77], _steps.Skip(1));
        Assert.Equal(1101, _run.Ledger.Load()!.Bans.Count);
    }

    /// <summary>The command with which the bound is reached is the last of its step.</summary>
    [Fact]
    public async Task Step_LargeMessages_TakesInEightMebibytes()
    {
        await _run.CommittingAsync();
        for (var message = 0; message < 5; message++)
        {
            await _run.Loop.PostAsync(new RunCommand.Received(new FakeSession(), new WorkerMessage
            {
                Scores = new ScoreReport { Batches = { new ScoredBatch { Scores = ByteString.CopyFrom(new byte[3 << 20]) } } },
            }));
            await BanAsync($"w{message}");
        }

        await EndAsync();

        // Three messages of three mebibytes, two bans between them; then the rest.
        Assert.Equal([2, 4], _steps.Skip(1));
    }

    private ValueTask BanAsync(string name) => _run.Loop.PostAsync(new RunCommand.Control(
        new ControlRequest.Ban(new NamePatterns([name])),
        new TaskCompletionSource<ControlAnswer>(TaskCreationOptions.RunContinuationsAsynchronously)));

    private async Task EndAsync()
    {
        var done = new TaskCompletionSource<ControlAnswer>(TaskCreationOptions.RunContinuationsAsynchronously);
        await _run.Loop.PostAsync(new RunCommand.Control(new ControlRequest.Ban(new NamePatterns(["last"])), done));
        _run.GoOn();
        await done.Task.WaitAsync(GatedRun.Patience);
    }
}
