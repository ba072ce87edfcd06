using FineWebTorch.Common;
using FineWebTorch.Coordinator.Disk;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Options;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Coordinator.Scheduling;
using FineWebTorch.Protos.V1;
using Google.Protobuf;

namespace FineWebTorch.Coordinator.Tests.Running;

/// <summary>A run without network, clock or thread: commands go in, and what comes of them can be looked at.</summary>
internal sealed class CoreHarness : IDisposable
{
    public static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    /// <summary>What the coordinator reads where no worker told a digest.</summary>
    public static readonly string Digest = new('e', 64);

    private readonly TemporaryFolder _folder = new();
    private SqliteLedger _ledger;
    private readonly Queue<ulong> _fences;
    private readonly TimeSpan _settle;
    private ulong _lastFence;
    private int _sessions;

    public CoreHarness(params long[] rowsOfFiles)
        : this(Runs.Spec, rowsOfFiles)
    {
    }

    public CoreHarness(RunSpec spec, params long[] rowsOfFiles)
        : this(spec, [], rowsOfFiles)
    {
    }

    /// <param name="fences">Are drawn one after another, before those that follow from one another.</param>
    public CoreHarness(Queue<ulong> fences, params long[] rowsOfFiles)
        : this(Runs.Spec, fences, rowsOfFiles)
    {
    }

    private CoreHarness(RunSpec spec, Queue<ulong> fences, long[] rowsOfFiles, TimeSpan settle = default)
        : this(spec, fences, [.. rowsOfFiles.Select((rows, index) => Runs.File(index, rows))], settle)
    {
    }

    private CoreHarness(RunSpec spec, Queue<ulong> fences, FileRecord[] files, TimeSpan settle = default)
    {
        (_fences, _settle) = (fences, settle);
        _ledger = SqliteLedger.Open(_folder["ledger.sqlite"]);
        _ledger.Create(Runs.Run(spec), files);
        Core = Load();
    }

    public static CoreHarness OfFiles(params (long Rows, long Bytes)[] files) => OfFiles(Runs.Spec, files);

    public static CoreHarness OfFiles(RunSpec spec, params (long Rows, long Bytes)[] files) => new(
        spec, [], [.. files.Select((file, index) => Runs.File(index, file.Rows) with { Size = file.Bytes })]);

    /// <param name="settle">How long the best of the first workers is waited for.</param>
    public static CoreHarness Settling(TimeSpan settle, params long[] rowsOfFiles) =>
        new(Runs.Spec, [], rowsOfFiles, settle);

    public RunCore Core { get; private set; }

    public TimeSpan Now { get; private set; }

    /// <summary>Fencing tokens are drawn in this order: 1, 2, 3…</summary>
    public ulong LastFence => _lastFence;

    public List<RunEvent> Events { get; } = [];

    public ILedger Ledger => _ledger;

    /// <summary>As if the process had been killed and started again.</summary>
    public void Restart()
    {
        _ledger.Dispose();
        _ledger = SqliteLedger.Open(_folder["ledger.sqlite"]);
        Now = TimeSpan.Zero;
        Core = Load();
        Step();
    }

    public void Step(params RunCommand[] commands)
    {
        foreach (var command in commands)
            Core.Handle(command, Now);
        Core.Plan(Now);
        _ledger.Commit(Core.Outbox.Changes);
        Core.Outbox.Deliver();
        Events.AddRange(Core.Outbox.Events);
        var digests = Core.Outbox.ToDigest.ToList();
        Core.Outbox.Clear();
        foreach (var file in digests)
            Step(new RunCommand.DigestRead(file.Index, Digest, Error: null));
    }

    public void Wait(TimeSpan time)
    {
        Now += time;
        Step(new RunCommand.Tick());
    }

    public FakeSession Join(string worker, Action<Hello>? change = null)
    {
        var session = new FakeSession();
        var hello = new Hello
        {
            WorkerId = worker,
            Name = worker,
            ProgramVersion = ProgramVersion.Current,
            DeviceKind = "cpu",
            NumericClass = "class a",
            Dtypes = { Dtype.Fp32 },
        };
        change?.Invoke(hello);
        Say(session, new WorkerMessage { Hello = hello });
        return session;
    }

    public void Say(FakeSession session, WorkerMessage message) =>
        Step(new RunCommand.Received(session, ReportsOfWorkers.OfRun(message, Core.Description.Digest)));

    public void Request(FakeSession session) => Say(session, new WorkerMessage { WorkRequest = new WorkRequest() });

    /// <summary>Joins and asks for work.</summary>
    public FakeSession JoinIdle(string worker)
    {
        var session = Join(worker);
        Request(session);
        return session;
    }

    public void End(FakeSession session, ulong fence, LeaseEnded.Types.Outcome outcome, string reason = "") =>
        Say(session, new WorkerMessage
        {
            LeaseEnded = new LeaseEnded { Fence = fence, Outcome = outcome, Reason = reason },
        });

    /// <summary>Sends the true scores of rows of a window, or of all of them.</summary>
    public void Score(FakeSession session, ScoreLease lease, int window, params uint[] rows) =>
        Score(session, lease.Fence, (int)lease.File.Index, window, Runs.Score, rows);

    public void Score(
        FakeSession session, ulong fence, int file, int window, Func<int, long, float> score, params uint[] rows)
    {
        var first = (long)window * Runs.WindowRows;
        var count = (int)Math.Min(Runs.WindowRows, _ledger.ReadFile(file).Record.Rows - first);
        if (rows.Length == 0)
            rows = [.. Enumerable.Range(0, count).Select(row => (uint)row)];
        Say(session, Report(fence, window, rows, [.. rows.Select(row => score(file, first + row))]));
    }

    public static WorkerMessage Report(
        ulong fence, int window, uint[] rows, float[] scores, string numericClass = "class a") => new()
        {
            Scores = new ScoreReport
            {
                Fence = fence,
                Sequence = 1,
                Batches =
            {
                new ScoredBatch
                {
                    Window = (uint)window,
                    Rows = { rows },
                    Scores = ByteString.CopyFrom(LittleEndian.FromFloats(scores)),
                    NumericClass = numericClass,
                    TokenCounts = { rows.Select(_ => 10U) },
                },
            },
            },
        };

    public static WorkerMessage Opened(ScoreLease lease, ulong rows) => new()
    {
        FileOpened = new FileOpened { Fence = lease.Fence, Rows = rows, Sha256 = Digest },
    };

    /// <summary>Hands the shard of a build lease over, as the receiver of shards does.</summary>
    public PreparedShard Deliver(BuildLease lease, bool finish = true, params string[] warnings)
    {
        var totals = new ScoreTotals();
        if (Core.Files.Find((int)lease.File.Index) is { } open)
            totals = open.Totals;
        else if (_ledger.ReadFile((int)lease.File.Index).Totals is { } done)
            totals.Add(done);
        var shard = new ShardRecord(
            (int)lease.File.Index, lease.ShardName, lease.Fence, 1, new string('f', 64), totals.Rows, totals.Kept,
            totals.Unscorable, warnings, Done: false);
        var answer = new TaskCompletionSource<PreparedShard>();
        Step(new RunCommand.PrepareShard(shard, answer));
        var prepared = answer.Task.IsCompleted ? answer.Task.Result : throw new InvalidOperationException("no answer");
        if (prepared.Refusal is null && finish)
            Step(new RunCommand.FinishShard(shard.File, Error: null, new TaskCompletionSource()));
        return prepared;
    }

    public void Dispose()
    {
        _ledger.Dispose();
        _folder.Dispose();
    }

    private RunCore Load() => new(
        _ledger.Load()!, new RunPlaces("/run", "/out", "/out/.staging/run-1", "nonce"), new SchedulingOptions(Timeout) { Settle = _settle },
        new SecretSource(() => _fences.TryDequeue(out var fence) ? fence : ++_lastFence, () => new Secret($"session {++_sessions}")));
}

/// <summary>Reports as a worker of the run makes them.</summary>
internal static class ReportsOfWorkers
{
    /// <summary>Says of a report which run it was made for, unless it says so already.</summary>
    public static WorkerMessage OfRun(WorkerMessage message, string digest)
    {
        if (message.FileOpened is { RunDigest: "" } opened)
            opened.RunDigest = digest;
        if (message.Scores is { RunDigest: "" } scores)
            scores.RunDigest = digest;
        if (message.LeaseEnded is { RunDigest: "" } ended)
            ended.RunDigest = digest;
        return message;
    }
}
