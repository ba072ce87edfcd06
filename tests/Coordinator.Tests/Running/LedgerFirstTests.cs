using System.Collections.Concurrent;
using System.Threading.Channels;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Protos.V1;

namespace FineWebTorch.Coordinator.Tests.Running;

/// <summary>Nobody hears of what the ledger does not hold: a crash could take it back.</summary>
public sealed class LedgerFirstTests : IAsyncDisposable, IRunObserver
{
    private static readonly TimeSpan Patience = GatedRun.Patience;
    private static readonly string Digest = new('9', 64);
    private readonly GatedRun _run =
        new(Runs.File(0, 4) with { Sha256 = Digest }, Runs.File(1, 0) with { Sha256 = Digest });
    private readonly HeardSession _session = new();
    private readonly ConcurrentQueue<RunEvent> _events = [];
    private readonly FakeTime _time = new();

    public LedgerFirstTests() => _run.Start(this, _time);

    void IRunObserver.Observe(RunEvent happened) => _events.Enqueue(happened);

    public ValueTask DisposeAsync() => _run.DisposeAsync();

    [Fact]
    public async Task Scores_AreAcknowledgedOnceTheLedgerHoldsThem()
    {
        var lease = await LeaseAsync();
        HoldUp<LedgerChange.WindowCompleted>();

        await SayAsync(Report(lease));
        await _run.CommittingAsync();
        Assert.Equal(0, _session.Count);
        _run.GoOn();

        Assert.Equal(1UL, (await _session.NextAsync()).ScoresStored.Sequence);
        Assert.Equal(Runs.Scores(0, 4), _run.Ledger.ReadScores(0).SelectMany(window => window.Scores));
    }

    [Fact]
    public async Task Scores_ThatTheLedgerCannotTake_AreNeverAcknowledgedAndEndTheRun()
    {
        var lease = await LeaseAsync();
        _run.Ledger.Committing = changes =>
        {
            if (changes.Any(change => change is LedgerChange.WindowCompleted))
                throw new IOException("no space left on device");
        };

        await SayAsync(Report(lease));

        var failure = await Assert.ThrowsAsync<IOException>(() => _run.Loop.Over.WaitAsync(Patience));
        Assert.Equal("no space left on device", failure.Message);
        Assert.Equal(0, _session.Count);
        Assert.Empty(_run.Ledger.ReadScores(0));
        await Assert.ThrowsAnyAsync<ChannelClosedException>(() => _run.Loop.PostAsync(new RunCommand.Tick()).AsTask());
    }

    [Fact]
    public async Task Question_InTheStepThatFails_IsAnsweredByTheEndOfTheRun()
    {
        _run.Ledger.Committing = changes =>
        {
            if (changes.Any(change => change is LedgerChange.PausedSet))
                throw new IOException("no space left on device");
        };

        await Assert.ThrowsAsync<ChannelClosedException>(() => _run.Loop.AskAsync<ControlAnswer>(
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
        var paused = _run.Loop.AskAsync<ControlAnswer>(
            answer => new RunCommand.Control(new ControlRequest.Pause(GiveBack: false), answer));
        await _run.CommittingAsync();

        _time.Advance(TimeSpan.FromSeconds(20));
        foreach (var session in sessions)
            await SayAsync(new WorkerMessage { Heartbeat = new Heartbeat() }, session);
        _time.Advance(TimeSpan.FromSeconds(20));
        _run.GoOn();

        await paused.WaitAsync(Patience);
        await _run.Loop.AskAsync<FileRecord?>(
            answer => new RunCommand.FindReader(new Secret(sessions[^1].Secret), Input: null, answer)).WaitAsync(Patience);
        Assert.Equal(1000, _run.Loop.Sessions);
        Assert.DoesNotContain(_events, happened => happened is RunEvent.WorkerLost);
    }

    [Fact]
    public async Task Lease_IsGivenOutOnceTheLedgerHoldsIt()
    {
        HoldUp<LedgerChange.LeaseGranted>();
        await JoinAsync();
        Assert.NotNull((await _session.NextAsync()).Welcome);

        await SayAsync(new WorkerMessage { WorkRequest = new WorkRequest() });
        await _run.CommittingAsync();
        Assert.Equal(0, _session.Count);
        _run.GoOn();

        var lease = await _session.NextAsync();
        var fence = lease.ScoreLease?.Fence ?? lease.BuildLease.Fence;
        Assert.Contains(_run.Ledger.Load()!.Leases, held => held.Fence == fence);
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
            await _run.Loop.AskAsync<PreparedShard>(answer => new RunCommand.PrepareShard(shard, answer));
            HoldUp<LedgerChange.ShardDone>();
        }
        else
            HoldUp<LedgerChange.ShardPrepared>();

        var answered = isDone
            ? _run.Loop.AskAsync(answer => new RunCommand.FinishShard(1, Error: null, answer))
            : _run.Loop.AskAsync<PreparedShard>(answer => new RunCommand.PrepareShard(shard, answer));
        await _run.CommittingAsync();
        Assert.False(answered.IsCompleted);
        Assert.DoesNotContain(_events, happened => happened is RunEvent.ShardDone);
        _run.GoOn();

        await answered.WaitAsync(Patience);
        Assert.Equal(isDone, _run.Ledger.ReadFile(1).Shard!.Done);
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

    private async Task SayAsync(WorkerMessage message, HeardSession? session = null) => await _run.Loop.PostAsync(
        new RunCommand.Received(session ?? _session, ReportsOfWorkers.OfRun(message, _run.Core.Description.Digest)));

    private void HoldUp<T>() => _run.HoldUp(changes => changes.Any(change => change is T));

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
