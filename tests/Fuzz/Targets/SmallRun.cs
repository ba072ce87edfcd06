using FineWebTorch.Common;
using FineWebTorch.Coordinator.Disk;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Options;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Coordinator.Scheduling;
using FineWebTorch.Model;
using FineWebTorch.Protos.V1;
using Google.Protobuf;

namespace FineWebTorch.Fuzz.Targets;

/// <summary>
/// A run of three small files with windows of four rows, whose ledger is in memory. Fencing tokens are 1, 2, 3 …, the
/// secrets of sessions "session 1", "session 2" ….
/// </summary>
internal sealed class SmallRun : IDisposable
{
    public const int WindowRows = 4;
    public const string NumericClass = "class a";

    public static readonly TimeSpan HeartbeatTimeout = TimeSpan.FromSeconds(30);
    public static readonly string Digest = new('e', 64);
    private static readonly long[] Rows = [10, 4, 0];
    private static int _count;

    private ulong _lastFence;
    private int _sessions;

    /// <param name="folder">Holds inputs, output and model, of which only some targets make use.</param>
    public SmallRun(string folder)
    {
        Places = new RunPlaces(folder, Path.Combine(folder, "output"), Path.Combine(folder, "staging"), "nonce");
        Ledger = SqliteLedger.Open($"file:fuzz{Interlocked.Increment(ref _count)}?mode=memory&cache=shared");
        var model = new ModelRecord(
            "a/model", "", folder, new string('d', 64), [new ModelFileRecord("config.json", 2, new string('c', 64))]);
        var run = new RunRecord(
            "run-1", Spec.ToOptions(), model, Spec.Dtype, Spec.TokenBudget, ProgramVersion.Current);
        Ledger.Create(run, [.. Rows.Select((rows, index) => new FileRecord(
            index, $"{index}.parquet", Path.Combine(folder, $"{index}.parquet"), 100 + index, 5, null, rows,
            $"data/train-{index:00000}-of-00003.parquet", null))]);
        Core = Load();
    }

    public static RunSpec Spec { get; } = new()
    {
        Input = "/in",
        Output = "/out",
        Model = "/model",
        Keep = KeepRule.IntScore(3),
        TextColumn = "text",
        ScoreColumn = "score",
        IntScoreColumn = "int_score",
        WindowRows = WindowRows,
        Dtype = Dtype.Fp32,
        TokenBudget = 4096,
    };

    public RunPlaces Places { get; }

    public ILedger Ledger { get; }

    public RunCore Core { get; private set; }

    /// <summary>As if the process had been killed and started again.</summary>
    public void Restart() => Core = Load();

    public void Dispose() => Ledger.Dispose();

    public static Hello Hello(int worker) => new()
    {
        WorkerId = $"worker {worker}",
        Name = $"worker {worker}",
        ProgramVersion = ProgramVersion.Current,
        DeviceKind = "cpu",
        NumericClass = NumericClass,
        Dtypes = { Dtype.Fp32 },
        Machine = "machine",
        ProcessId = worker + 1,
    };

    /// <summary>A message that a worker might send.</summary>
    /// <param name="digest">Of the run.</param>
    public static WorkerMessage Sensible(Random random, string digest)
    {
        var fence = (ulong)random.Next(1, 8);
        return random.Next(9) switch
        {
            0 => new WorkerMessage { Hello = Hello(random.Next(4)) },
            1 or 2 => new WorkerMessage { WorkRequest = new WorkRequest() },
            3 => new WorkerMessage
            {
                FileOpened = new FileOpened
                {
                    Fence = fence,
                    Rows = (ulong)Rows[random.Next(Rows.Length)],
                    Sha256 = Digest,
                    RunDigest = digest,
                },
            },
            4 => new WorkerMessage
            {
                Heartbeat = new Heartbeat
                {
                    Leases = { new LeaseProgress { Fence = fence, ReadingWindow = (uint)random.Next(3), Steps = 5 } },
                    Statistics = new WorkerStatistics { Documents = 3, BusySeconds = 1 },
                },
            },
            5 => new WorkerMessage
            {
                LeaseEnded = new LeaseEnded
                {
                    Fence = fence,
                    Outcome = (LeaseEnded.Types.Outcome)random.Next(5),
                    Reason = "a reason",
                    Fault = (LeaseEnded.Types.Fault)random.Next(5),
                    RunDigest = digest,
                },
            },
            6 => new WorkerMessage { Goodbye = new Goodbye() },
            _ => new WorkerMessage { Scores = Report(random, fence, digest) },
        };
    }

    private static ScoreReport Report(Random random, ulong fence, string digest)
    {
        var window = random.Next(3);
        var rows = random.Next(2) == 0 ? Enumerable.Range(0, window == 2 ? 2 : WindowRows) : [random.Next(WindowRows)];
        var none = EduScore.Unscorable(UnscorableReason.NullText);
        var scores = rows.Select(row => row == 3 ? none : row + 0.5f).ToArray();
        return new ScoreReport
        {
            Fence = fence,
            Sequence = (ulong)random.Next(10),
            RunDigest = digest,
            Batches =
            {
                new ScoredBatch
                {
                    Window = (uint)window,
                    Rows = { rows.Select(row => (uint)row) },
                    NumericClass = NumericClass,
                    TokenCounts = { rows.Select(row => (uint)row + 3) },
                    Scores = ByteString.CopyFrom(LittleEndian.FromFloats(scores)),
                },
            },
        };
    }

    private RunCore Load() => new(
        Ledger.Load()!, Places, new SchedulingOptions(HeartbeatTimeout),
        new SecretSource(() => ++_lastFence, () => new Secret($"session {++_sessions}")));
}
