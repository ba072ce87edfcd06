using System.Collections.Concurrent;
using System.Threading.Channels;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Disk;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Coordinator.Scheduling;
using FineWebTorch.Coordinator.Tests.Ledger;
using FineWebTorch.Protos.V1;

namespace FineWebTorch.Coordinator.Tests.Running;

/// <summary>Nobody hears of what the ledger does not hold: a crash could take it back.</summary>
public sealed class LedgerFirstTests : IAsyncDisposable, IRunObserver
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);
    private readonly TemporaryFolder _folder = new();
    private readonly GatedLedger _ledger;
    private readonly RunCore _core;
    private readonly RunLoop _loop;
    private readonly HeardSession _session = new();
    private readonly ConcurrentQueue<RunEvent> _events = [];
    private readonly FakeTime _time = new();
    private readonly ManualResetEventSlim _isCommitting = new(), _gate = new();

    public LedgerFirstTests()
    {
        _ledger = new GatedLedger(SqliteLedger.Open(_folder["ledger.sqlite"]));
        var digest = new string('9', 64);
        _ledger.Create(
            Runs.Run(), [Runs.File(0, 4) with { Sha256 = digest }, Runs.File(1, 0) with { Sha256 = digest }]);
        _core = new RunCore(
            _ledger.Load()!, new RunPlaces("/run", "/out", "/out/.staging/run-1", "nonce"),
            new SchedulingOptions(TimeSpan.FromSeconds(30)));
        _loop = new RunLoop(_core, _ledger, this, _time);
    }

    void IRunObserver.Observe(RunEvent happened) => _events.Enqueue(happened);

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
    public async Task Scores_AreAcknowledgedOnceTheLedgerHoldsThem()
    {
        var lease = await LeaseAsync();
        HoldUp<LedgerChange.WindowCompleted>();

        await SayAsync(Report(lease));
        await CommittingAsync();
        Assert.Equal(0, _session.Count);
        _gate.Set();

        Assert.Equal(1UL, (await _session.NextAsync()).ScoresStored.Sequence);
        Assert.Equal(Runs.Scores(0, 4), _ledger.ReadScores(0).SelectMany(window => window.Scores));
    }

    [Fact]
    public async Task Scores_ThatTheLedgerCannotTake_AreNeverAcknowledgedAndEndTheRun()
    {
        var lease = await LeaseAsync();
        _ledger.Committing = changes =>
        {
            if (changes.Any(change => change is LedgerChange.WindowCompleted))
                throw new IOException("no space left on device");
        };

        await SayAsync(Report(lease));

        var failure = await Assert.ThrowsAsync<IOException>(() => _loop.Over.WaitAsync(Patience));
        Assert.Equal("no space left on device", failure.Message);
        Assert.Equal(0, _session.Count);
        Assert.Empty(_ledger.ReadScores(0));
        await Assert.ThrowsAnyAsync<ChannelClosedException>(() => _loop.PostAsync(new RunCommand.Tick()).AsTask());
    }

    [Fact]
    public async Task Question_InTheStepThatFails_IsAnsweredByTheEndOfTheRun()
    {
        _ledger.Committing = changes =>
        {
            if (changes.Any(change => change is LedgerChange.PausedSet))
                throw new IOException("no space left on device");
        };

        await Assert.ThrowsAsync<ChannelClosedException>(() => _loop.AskAsync<ControlAnswer>(
            answer => new RunCommand.Control(new ControlRequest.Pause(GiveBack: false), answer)).WaitAsync(Patience));
    }

    [Fact]
    public async Task Ledger_HeldUpForLong_NobodyIsLostWhoWasNotHeardYet()
    {
        var sessions = Enumerable.Range(0, 1000).Select(_ => new HeardSession()).ToList();
        foreach (var (index, session) in sessions.Index())
            await SayAsync(Hello($"worker {index}"), session);
        foreach (var session in sessions)
            Assert.NotNull((await session.NextAsync()).Welcome);
        HoldUp<LedgerChange.PausedSet>();
        var paused = _loop.AskAsync<ControlAnswer>(
            answer => new RunCommand.Control(new ControlRequest.Pause(GiveBack: false), answer));
        await CommittingAsync();

        _time.Advance(TimeSpan.FromSeconds(20));
        foreach (var session in sessions)
            await SayAsync(new WorkerMessage { Heartbeat = new Heartbeat() }, session);
        _time.Advance(TimeSpan.FromSeconds(20));
        _gate.Set();

        await paused.WaitAsync(Patience);
        await _loop.AskAsync<FileRecord?>(answer => new RunCommand.FindReader(sessions[^1].Secret, Input: null, answer))
            .WaitAsync(Patience);
        Assert.Equal(1000, _loop.Sessions);
        Assert.DoesNotContain(_events, happened => happened is RunEvent.WorkerLost);
    }

    [Fact]
    public async Task Lease_IsGivenOutOnceTheLedgerHoldsIt()
    {
        HoldUp<LedgerChange.LeaseGranted>();
        await JoinAsync();
        Assert.NotNull((await _session.NextAsync()).Welcome);

        await SayAsync(new WorkerMessage { WorkRequest = new WorkRequest() });
        await CommittingAsync();
        Assert.Equal(0, _session.Count);
        _gate.Set();

        var lease = await _session.NextAsync();
        var fence = lease.ScoreLease?.Fence ?? lease.BuildLease.Fence;
        Assert.Contains(_ledger.Load()!.Leases, held => held.Fence == fence);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Shard_IsAnsweredForOnceTheLedgerHoldsIt(bool isDone)
    {
        var build = await BuildLeaseAsync();
        var shard = new ShardRecord(
            1, build.ShardName, build.Fence, 1, new string('f', 64), RowsIn: 0, RowsKept: 0, RowsUnscorable: 0, [],
            Done: false);
        if (isDone)
        {
            await _loop.AskAsync<PreparedShard>(answer => new RunCommand.PrepareShard(shard, answer));
            HoldUp<LedgerChange.ShardDone>();
        }
        else
            HoldUp<LedgerChange.ShardPrepared>();

        var answered = isDone
            ? _loop.AskAsync(answer => new RunCommand.FinishShard(1, Error: null, answer))
            : _loop.AskAsync<PreparedShard>(answer => new RunCommand.PrepareShard(shard, answer));
        await CommittingAsync();
        Assert.False(answered.IsCompleted);
        Assert.DoesNotContain(_events, happened => happened is RunEvent.ShardDone);
        _gate.Set();

        await answered.WaitAsync(Patience);
        Assert.Equal(isDone, _ledger.ReadFile(1).Shard!.Done);
    }

    private async Task JoinAsync() => await SayAsync(Hello("a"));

    private static WorkerMessage Hello(string worker) => new()
    {
        Hello = new Hello
        {
            WorkerId = worker,
            Name = worker,
            ProgramVersion = ProgramVersion.Current,
            DeviceKind = "cpu",
            NumericClass = "class a",
            Dtypes = { Dtype.Fp32 },
        },
    };

    /// <summary>Both leases that there are to be had: one to score, one to build.</summary>
    private async Task<List<CoordinatorMessage>> LeasesAsync()
    {
        await JoinAsync();
        await _session.NextAsync();
        var leases = new List<CoordinatorMessage>();
        while (leases.Count < 2)
        {
            await SayAsync(new WorkerMessage { WorkRequest = new WorkRequest() });
            leases.Add(await _session.NextAsync());
        }

        return leases;
    }

    private async Task<ScoreLease> LeaseAsync() =>
        (await LeasesAsync()).Select(message => message.ScoreLease).OfType<ScoreLease>().Single();

    private async Task<BuildLease> BuildLeaseAsync() =>
        (await LeasesAsync()).Select(message => message.BuildLease).OfType<BuildLease>().Single();

    private static WorkerMessage Report(ScoreLease lease) =>
        CoreHarness.Report(lease.Fence, window: 0, [0, 1, 2, 3], [.. Runs.Scores(0, 4)]);

    private async Task SayAsync(WorkerMessage message, HeardSession? session = null) => await _loop.PostAsync(
        new RunCommand.Received(session ?? _session, Reports.OfRun(message, _core.Description.Digest)));

    /// <summary>The ledger waits with changes of a kind until the gate is opened.</summary>
    private void HoldUp<T>() => _ledger.Committing = changes =>
    {
        if (!changes.Any(change => change is T))
            return;
        _isCommitting.Set();
        _gate.Wait(Patience);
    };

    private async Task CommittingAsync() => Assert.True(
        await Task.Run(() => _isCommitting.Wait(Patience)), "the ledger was not given the change");

    /// <summary>Hears what the coordinator says, from any thread.</summary>
    private sealed class HeardSession : IWorkerSession
    {
        private readonly Channel<CoordinatorMessage> _heard = Channel.CreateUnbounded<CoordinatorMessage>();

        /// <summary>Messages that the test has not taken.</summary>
        public int Count => _heard.Reader.Count;

        /// <summary>As the last Welcome told it.</summary>
        public string Secret { get; private set; } = "";

        public void Send(CoordinatorMessage message)
        {
            Secret = message.Welcome?.Session ?? Secret;
            _heard.Writer.TryWrite(message);
        }

        public void Close(string? error = null) => _heard.Writer.TryComplete();

        public Task<CoordinatorMessage> NextAsync() => _heard.Reader.ReadAsync().AsTask().WaitAsync(Patience);
    }
}
