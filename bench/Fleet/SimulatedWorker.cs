using FineWebTorch.Common;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Protos.V1;
using static FineWebTorch.Protos.V1.LeaseEnded.Types;

namespace FineWebTorch.Bench.Fleet;

/// <summary>A machine that scores at a steady rate, reports once a second, and to which things happen.</summary>
internal sealed class SimulatedWorker(SimulatedRun run, string machine)
{
    private static readonly TimeSpan ReportInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan BuildTime = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan ReturnTime = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan AbsenceTime = TimeSpan.FromSeconds(60);
    private const int ReportsOfHeartbeat = 5;

    private readonly SortedDictionary<ulong, ScoringWork> _scoring = [];
    private readonly HashSet<ulong> _building = [];
    private Session? _session;
    private string _id = "";
    private int _lives;
    private int _requests;
    private long _reports;
    private double _batchesOwed;
    private ulong _sequence;

    /// <summary>A new process.</summary>
    public void Join()
    {
        _id = $"{machine}-{++_lives}";
        _scoring.Clear();
        _building.Clear();
        Connect();
    }

    private void Connect()
    {
        var session = _session = new Session(this);
        (_requests, _batchesOwed) = (0, 0);
        Say(new WorkerMessage
        {
            Hello = new Hello
            {
                WorkerId = _id,
                Name = _id,
                ProgramVersion = ProgramVersion.Current,
                DeviceKind = "cuda",
                DeviceName = "a device",
                Dtypes = { Dtype.Fp32 },
                NumericClass = "class a",
                HeldLeases = { _scoring.Keys.Concat(_building) },
            },
        });
        Request();
        run.After(ReportInterval * run.Random.NextDouble(), () => Report(session));
        var untilMishap = run.Shape.BetweenMishaps * -Math.Log(1 - run.Random.NextDouble());
        run.After(untilMishap, () => Befall(session, (Mishap)run.Random.Next(Enum.GetValues<Mishap>().Length)));
    }

    private void Say(WorkerMessage message) => run.Post(new RunCommand.Received(_session!, message));

    private void Request()
    {
        _requests++;
        Say(new WorkerMessage { WorkRequest = new WorkRequest() });
    }

    /// <summary>What was scored in a second, and now and then a heartbeat.</summary>
    private void Report(Session session)
    {
        if (session != _session)
            return;
        run.After(ReportInterval, () => Report(session));
        _batchesOwed +=
            run.Shape.RowsPerSecond * ReportInterval.TotalSeconds * run.Shape.Batches / run.Shape.WindowRows;
        if (_scoring.Count > 0)
            Score(_scoring.Values.First());
        // What it held was revoked: another was first.
        else if (_requests == 0 && _building.Count == 0)
            Request();
        if (_reports++ % ReportsOfHeartbeat == 0)
            Say(new WorkerMessage
            {
                Heartbeat = new Heartbeat
                {
                    Leases =
                    {
                        _scoring.Values.Select(work => new LeaseProgress
                        {
                            Fence = work.Fence,
                            ReadingWindow = work.ReadingWindow,
                        }),
                    },
                },
            });
    }

    private void Score(ScoringWork work)
    {
        var report = new ScoreReport
        {
            Fence = work.Fence,
            Sequence = ++_sequence,
            RunDigest = run.Core.Description.Digest,
        };
        report.Batches.AddRange(work.Next((int)_batchesOwed));
        _batchesOwed -= (int)_batchesOwed;
        if (report.Batches.Count > 0)
            Say(new WorkerMessage { Scores = report });
        if (work.IsDone)
            End(work.Fence, Outcome.Completed);
        if (_requests == 0 && (_scoring.Count == 0 || (_scoring.Count == 1 && _scoring.Values.First().IsNearEnd)))
            Request();
    }

    private void End(ulong fence, Outcome outcome, string reason = "")
    {
        _scoring.Remove(fence);
        var ended = new LeaseEnded
        {
            Fence = fence,
            Outcome = outcome,
            Reason = reason,
            RunDigest = run.Core.Description.Digest,
        };
        if (outcome == Outcome.Failed)
            ended.Fault = Fault.Machine;
        Say(new WorkerMessage { LeaseEnded = ended });
    }

    private void Befall(Session session, Mishap mishap)
    {
        if (session != _session)
            return;
        run.Figures.Mishaps[mishap]++;
        if (mishap == Mishap.Fails)
        {
            if (_scoring.Count > 0)
                End(_scoring.Keys.First(), Outcome.Failed, "a simulated failure");
            run.After(run.Shape.BetweenMishaps, () => Befall(session, Mishap.Disconnected));
            return;
        }

        if (mishap == Mishap.Leaves)
            Say(new WorkerMessage { Goodbye = new Goodbye() });
        // One that hangs says nothing, not even that it has gone.
        if (mishap != Mishap.Hangs)
            run.Post(new RunCommand.SessionEnded(session));
        _session = null;
        if (mishap == Mishap.Disconnected)
            run.After(ReturnTime * run.Random.NextDouble(), Connect);
        else
            run.After(AbsenceTime * (0.5 + run.Random.NextDouble()), mishap == Mishap.Hangs ? Connect : Join);
    }

    private void Hear(Session session, CoordinatorMessage message)
    {
        if (session != _session)
            return;
        switch (message.MessageCase)
        {
            case CoordinatorMessage.MessageOneofCase.Welcome:
                foreach (var lost in _scoring.Keys.Except(message.Welcome.KeptLeases).ToList())
                    _scoring.Remove(lost);
                _building.IntersectWith(message.Welcome.KeptLeases);
                break;
            case CoordinatorMessage.MessageOneofCase.ScoreLease:
                Granted();
                _scoring.Add(message.ScoreLease.Fence, new ScoringWork(message.ScoreLease, run.Shape));
                break;
            case CoordinatorMessage.MessageOneofCase.BuildLease:
                Granted();
                Build(message.BuildLease);
                break;
            case CoordinatorMessage.MessageOneofCase.LeaseShrunk:
                if (_scoring.TryGetValue(message.LeaseShrunk.Fence, out var shrunk))
                    shrunk.End = message.LeaseShrunk.EndWindow;
                break;
            case CoordinatorMessage.MessageOneofCase.LeaseRevoked:
                _scoring.Remove(message.LeaseRevoked.Fence);
                _building.Remove(message.LeaseRevoked.Fence);
                break;
            default: break;
        }
    }

    private void Granted()
    {
        _requests--;
        run.NoteGrant();
    }

    private void Build(BuildLease lease)
    {
        _building.Add(lease.Fence);
        FinishLater(lease, BuildTime * (0.5 + run.Random.NextDouble()));
    }

    /// <summary>A lost connection does not end a build: the shard is handed over once it is back.</summary>
    private void FinishLater(BuildLease lease, TimeSpan time)
    {
        var life = _lives;
        run.After(time, () =>
        {
            if (life != _lives || !_building.Contains(lease.Fence))
                return;
            if (_session is null)
            {
                FinishLater(lease, ReturnTime);
                return;
            }

            _building.Remove(lease.Fence);
            Deliver(lease);
            if (_requests == 0 && _scoring.Count == 0)
                Request();
        });
    }

    /// <summary>As the receiver of shards does once all bytes are there.</summary>
    private void Deliver(BuildLease lease)
    {
        if (run.Core.Files.Find((int)lease.File.Index)?.Totals is not { } totals)
            return; // done by another meanwhile
        var shard = new ShardRecord(
            (int)lease.File.Index, lease.ShardName, lease.Fence, 1_000_000, FleetShape.DigestOf((int)lease.File.Index),
            totals.Rows, totals.Kept, totals.Unscorable, [], Done: false);
        var prepared = new TaskCompletionSource<PreparedShard>();
        prepared.Task.ContinueWith(
            answer =>
            {
                if (answer.Result.Refusal is null)
                    run.Post(new RunCommand.FinishShard(shard.File, Error: null, new TaskCompletionSource()));
            },
            CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        run.Post(new RunCommand.PrepareShard(shard, prepared));
    }

    /// <summary>The coordinator has ended its session: it dials in again.</summary>
    private void Redial(Session session)
    {
        if (session != _session)
            return;
        _session = null;
        run.After(ReturnTime * run.Random.NextDouble(), Connect);
    }

    private sealed class Session(SimulatedWorker worker) : IWorkerSession
    {
        public void Send(CoordinatorMessage message) => worker.Hear(this, message);

        public void Close(string? error = null) => worker.Redial(this);
    }
}
