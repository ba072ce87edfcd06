using System.Collections.Concurrent;
using FineWebTorch.Coordinator.Disk;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Coordinator.Scheduling;
using FineWebTorch.Coordinator.Tests.Ledger;
using FineWebTorch.Protos.V1;
using Google.Protobuf;

namespace FineWebTorch.Coordinator.Tests.Running;

/// <summary>What waits for the loop comes into the ledger in transactions of bounded size, in its order.</summary>
public sealed class StepTests : IAsyncDisposable, IRunObserver
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);
    private readonly TemporaryFolder _folder = new();
    private readonly GatedLedger _ledger;
    private readonly RunLoop _loop;
    private readonly ConcurrentQueue<int> _steps = [];
    private readonly ManualResetEventSlim _isCommitting = new(), _gate = new();

    public StepTests()
    {
        _ledger = new GatedLedger(SqliteLedger.Open(_folder["ledger.sqlite"]));
        _ledger.Create(Runs.Run(), [Runs.File(0, 4)]);
        var core = new RunCore(
            _ledger.Load()!, new RunPlaces("/run", "/out", "/out/.staging/run-1", "nonce"),
            new SchedulingOptions(TimeSpan.FromSeconds(30)));
        _ledger.Committing = changes =>
        {
            _steps.Enqueue(changes.Count);
            _isCommitting.Set();
            _gate.Wait(Patience);
        };
        // Its first tick holds it up in its first step.
        _loop = new RunLoop(core, _ledger, this, new FakeTime());
    }

    void IRunObserver.Observe(RunEvent happened)
    {
    }

    public async ValueTask DisposeAsync()
    {
        _gate.Set();
        await _loop.DisposeAsync();
        _ledger.Dispose();
        _folder.Dispose();
        _isCommitting.Dispose();
        _gate.Dispose();
    }

    [Fact]
    public async Task Step_ManyCommands_TakesIn512()
    {
        await HeldUpAsync();
        for (var ban = 0; ban < 1100; ban++)
            await BanAsync($"w{ban}");

        await EndAsync();

        // The last is that of the question whether all is done.
        Assert.Equal([512, 512, 77], _steps.Skip(1));
        Assert.Equal(1101, _ledger.Load()!.Bans.Count);
    }

    /// <summary>The command with which the bound is reached is the last of its step.</summary>
    [Fact]
    public async Task Step_LargeMessages_TakesInEightMebibytes()
    {
        await HeldUpAsync();
        for (var message = 0; message < 5; message++)
        {
            await _loop.PostAsync(new RunCommand.Received(new FakeSession(), new WorkerMessage
            {
                Scores = new ScoreReport { Batches = { new ScoredBatch { Scores = ByteString.CopyFrom(new byte[3 << 20]) } } },
            }));
            await BanAsync($"w{message}");
        }

        await EndAsync();

        // Three messages of three mebibytes, two bans between them; then the rest.
        Assert.Equal([2, 4], _steps.Skip(1));
    }

    private async Task HeldUpAsync() => Assert.True(await Task.Run(() => _isCommitting.Wait(Patience)));

    private ValueTask BanAsync(string name) => _loop.PostAsync(new RunCommand.Control(
        new ControlRequest.Ban(new NamePatterns([name])),
        new TaskCompletionSource<ControlAnswer>(TaskCreationOptions.RunContinuationsAsynchronously)));

    private async Task EndAsync()
    {
        var done = new TaskCompletionSource<ControlAnswer>(TaskCreationOptions.RunContinuationsAsynchronously);
        await _loop.PostAsync(new RunCommand.Control(new ControlRequest.Ban(new NamePatterns(["last"])), done));
        _gate.Set();
        await done.Task.WaitAsync(Patience);
    }
}
