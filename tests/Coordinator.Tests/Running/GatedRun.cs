using FineWebTorch.Coordinator.Disk;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Coordinator.Scheduling;
using FineWebTorch.Coordinator.Tests.Ledger;

namespace FineWebTorch.Coordinator.Tests.Running;

/// <summary>A run with its loop on a ledger that can be held up while it commits.</summary>
internal sealed class GatedRun : IAsyncDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);
    private readonly TemporaryFolder _folder = new();
    private readonly ManualResetEventSlim _isCommitting = new(), _gate = new();
    private RunLoop? _loop;

    public GatedRun(params FileRecord[] files)
    {
        Ledger = new GatedLedger(SqliteLedger.Open(_folder["ledger.sqlite"]));
        Ledger.Create(Runs.Run(), files);
        Core = new RunCore(
            Ledger.Load()!, new RunPlaces("/run", "/out", "/out/.staging/run-1", "nonce"),
            new SchedulingOptions(TimeSpan.FromSeconds(30)));
    }

    public GatedLedger Ledger { get; }

    public RunCore Core { get; }

    public RunLoop Loop => _loop!;

    public void Start(IRunObserver observer, FakeTime time) => _loop = new RunLoop(Core, Ledger, observer, time);

    /// <summary>The ledger waits with changes of which this is true until <see cref="GoOn"/>.</summary>
    public void HoldUp(Func<IReadOnlyList<LedgerChange>, bool> at) => Ledger.Committing = changes =>
    {
        if (!at(changes))
            return;
        _isCommitting.Set();
        _gate.Wait(Patience);
    };

    /// <summary>Ends when the ledger is held up.</summary>
    public async Task CommittingAsync() => Assert.True(
        await Task.Run(() => _isCommitting.Wait(Patience)), "the ledger was not given the change");

    public void GoOn() => _gate.Set();

    public async ValueTask DisposeAsync()
    {
        GoOn();
        if (_loop is not null)
            await _loop.DisposeAsync();
        Ledger.Dispose();
        _folder.Dispose();
        _isCommitting.Dispose();
        _gate.Dispose();
    }
}
