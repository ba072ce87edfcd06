using FineWebTorch.Common;
using FineWebTorch.Protos.V1;
using Google.Protobuf;
using static FineWebTorch.Protos.V1.LeaseEnded.Types;
using Stage = FineWebTorch.Protos.V1.LeaseProgress.Types.Stage;

namespace FineWebTorch.Coordinator.Tests.Running;

/// <summary>
/// A worker that takes its time: it fetches a file before it scores it, scores row by row at its rate, reports every
/// second and tells by heartbeats how far it has come.
/// </summary>
/// <param name="rows">That it scores in a second.</param>
/// <param name="bytes">That it fetches in a second; infinite for one that reads files in their place.</param>
internal sealed class TimedWorker(string id, double rows, double bytes = double.PositiveInfinity)
{
    private static readonly TimeSpan ReportInterval = TimeSpan.FromSeconds(1), Beat = TimeSpan.FromSeconds(5);

    private readonly List<HeldWork> _work = [];
    private FakeSession? _session;
    private int _heard, _requests;
    private uint _copy = uint.MaxValue;
    private TimeSpan _reported, _beaten;
    private double _owed;
    private int _windowRows;
    private ulong _steps;

    public string Id => id;

    /// <summary>How long a shard takes it.</summary>
    public TimeSpan Building { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Its device hangs from then on; heartbeats go on.</summary>
    public TimeSpan HangsAt { get; init; } = TimeSpan.MaxValue;

    /// <summary>Asks for a second lease while it has one.</summary>
    public bool Prefetches { get; init; }

    /// <summary>All it has computed, also what others had sent before.</summary>
    public long Scored { get; private set; }

    public List<ScoreLease> Leases { get; } = [];

    public List<BuildLease> Builds { get; } = [];

    public List<LeaseRevoked> Revoked => _session is null ? [] : [.. _session.Revoked];

    public List<string> Refusals { get; } = [];

    public bool IsIdle => _work.Count == 0;

    public void Join(CoreHarness run)
    {
        _windowRows = run.Core.Spec.WindowRows;
        _session = run.Join(id, hello => hello.HeldLeases.Add(_work.Select(work => work.Fence)));
        (_heard, _requests) = (0, 0);
        Listen(run.Now);
    }

    public void Leave(CoreHarness run)
    {
        run.Step(new FineWebTorch.Coordinator.Running.RunCommand.SessionEnded(_session!));
        _session = null;
    }

    /// <summary>So much time has passed since the last time.</summary>
    public void Go(CoreHarness run, TimeSpan time)
    {
        if (_session is null)
            return;
        Listen(run.Now);
        Ask(run);
        foreach (var work in _work.Where(work => !work.IsOpen && work.OpensAt <= run.Now).ToList())
            Open(run, work);
        if (run.Now < HangsAt)
            Compute(run, time);
        if (run.Now - _beaten >= Beat)
        {
            _beaten = run.Now;
            Say(run, new WorkerMessage { Heartbeat = new Heartbeat { Leases = { _work.Select(work => Tell(work, run.Now)) } } });
        }

        Ask(run);
    }

    private void Ask(CoreHarness run)
    {
        var unscored = _work.Count(work => work.Build is null);
        if (_requests > 0 || _work.Count - unscored > 0 || unscored > (Prefetches && _work is [{ IsOpen: true }] ? 1 : 0))
            return;
        _requests++;
        Say(run, new WorkerMessage { WorkRequest = new WorkRequest() });
    }

    private void Open(CoreHarness run, HeldWork work)
    {
        work.IsOpen = true;
        _copy = work.File.Index;
        if (work.Score is not null)
            Say(run, new WorkerMessage
            {
                FileOpened = new FileOpened { Fence = work.Fence, Rows = work.File.Rows, Sha256 = CoreHarness.Digest },
            });
    }

    private void Compute(CoreHarness run, TimeSpan time)
    {
        if (_work.Find(work => work is { IsOpen: true, Build: not null } && work.OpensAt + Building <= run.Now) is { } built)
        {
            _work.Remove(built);
            _steps++;
            if (run.Deliver(built.Build!).Refusal is { } refusal)
                Refusals.Add(refusal);
            Listen(run.Now);
        }

        if (_work.Find(work => work is { IsOpen: true, Score: not null }) is not { } scoring)
            return;
        _owed += rows * time.TotalSeconds;
        if (run.Now - _reported < ReportInterval && scoring.Left > _owed)
            return;
        _reported = run.Now;
        Report(run, scoring);
    }

    private void Report(CoreHarness run, HeldWork work)
    {
        var report = new ScoreReport { Fence = work.Fence, Sequence = 1 };
        foreach (var window in work.Take((int)_owed).GroupBy(row => row / _windowRows))
            report.Batches.Add(Batch((int)work.File.Index, window.Key, [.. window]));
        var count = report.Batches.Sum(batch => batch.Rows.Count);
        _owed -= count;
        Scored += count;
        if (count > 0)
        {
            _steps++;
            Say(run, new WorkerMessage { Scores = report });
        }

        if (work.Left > 0 || !_work.Remove(work))
            return;
        _owed = 0;
        Say(run, new WorkerMessage { LeaseEnded = new LeaseEnded { Fence = work.Fence, Outcome = Outcome.Completed } });
    }

    private ScoredBatch Batch(int file, long window, List<long> rows) => new()
    {
        Window = (uint)window,
        Rows = { rows.Select(row => (uint)(row % _windowRows)) },
        Scores = ByteString.CopyFrom(LittleEndian.FromFloats([.. rows.Select(row => Runs.Score(file, row))])),
        NumericClass = "class a",
        TokenCounts = { rows.Select(_ => 10U) },
    };

    private LeaseProgress Tell(HeldWork work, TimeSpan now) => new()
    {
        Fence = work.Fence,
        ReadingWindow = (uint)work.Window,
        Steps = work.IsOpen ? _steps : _steps += 1,
        Stage = !work.IsOpen ? Stage.Fetching : work.Build is not null ? Stage.Building
            : work == _work[0] ? Stage.Scoring : Stage.Queued,
        FetchedBytes = double.IsFinite(bytes) && !work.HadCopy
            ? (ulong)Math.Min(work.File.Size, bytes * (now - work.GivenAt).TotalSeconds) : 0,
    };

    private void Say(CoreHarness run, WorkerMessage message)
    {
        run.Say(_session!, message);
        Listen(run.Now);
    }

    private void Listen(TimeSpan now)
    {
        while (_session is not null && _heard < _session.Received.Count)
            Hear(_session.Received[_heard++], now);
        if (_session is { IsClosed: true })
            _session = null;
    }

    private void Hear(CoordinatorMessage message, TimeSpan now)
    {
        if (message.Welcome is { } welcome)
            _work.RemoveAll(work => !welcome.KeptLeases.Contains(work.Fence));
        if (message.ScoreLease is { } score)
        {
            _requests--;
            Leases.Add(score);
            _work.Add(new HeldWork(score, null, now, _copy == score.File.Index, _windowRows) { OpensAt = now + TimeToFetch(score.File) });
        }

        if (message.BuildLease is { } build)
        {
            _requests--;
            Builds.Add(build);
            _work.Add(new HeldWork(null, build, now, _copy == build.File.Index, _windowRows) { OpensAt = now + TimeToFetch(build.File) });
        }

        if (message.LeaseRevoked is { } revoked)
            _work.RemoveAll(work => work.Fence == revoked.Fence);
        if (message.LeaseShrunk is { } shrunk && _work.Find(work => work.Fence == shrunk.Fence) is { } shortened)
            shortened.End = shrunk.EndWindow;
    }

    private TimeSpan TimeToFetch(InputFile file) =>
        TimeSpan.FromSeconds(_copy == file.Index ? 0 : file.Size / bytes);

    private sealed class HeldWork(ScoreLease? score, BuildLease? build, TimeSpan givenAt, bool hadCopy, int windowRows)
    {
        private readonly HashSet<uint> _complete = [.. score?.CompleteWindows ?? []];
        private long _row = (score?.FirstWindow ?? 0) * windowRows;

        public ScoreLease? Score => score;

        public BuildLease? Build => build;

        public InputFile File => score?.File ?? build!.File;

        public ulong Fence => score?.Fence ?? build!.Fence;

        public TimeSpan GivenAt => givenAt;

        public bool HadCopy => hadCopy;

        public TimeSpan OpensAt { get; init; }

        public bool IsOpen { get; set; }

        public uint End { get; set; } = score?.EndWindow ?? 0;

        public long Window => _row / windowRows;

        public int Left => Enumerable.Range(0, (int)Math.Max(0, EndRow - _row)).Count(i => !IsStored(_row + i));

        private long EndRow => Math.Min((long)File.Rows, (long)End * windowRows);

        public List<long> Take(int count)
        {
            var taken = new List<long>();
            for (; _row < EndRow && taken.Count < count; _row++)
            {
                if (!IsStored(_row))
                    taken.Add(_row);
            }

            return taken;
        }

        private bool IsStored(long row) => _complete.Contains((uint)(row / windowRows)) ||
            score!.PartialWindows.Any(partial => partial.Window == row / windowRows &&
                (partial.StoredRows[(int)(row % windowRows) / 8] >> ((int)(row % windowRows) % 8) & 1) == 1);
    }
}

/// <summary>Some of them, and a clock that they share.</summary>
internal sealed class TimedFleet(CoreHarness run, params TimedWorker[] workers)
{
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(0.25);

    private readonly List<TimedWorker> _workers = [];

    /// <summary>The moment at which each of them joins; the others at once.</summary>
    public Dictionary<TimedWorker, TimeSpan> Arrivals { get; } = [];

    /// <summary>Until all files have ended, or it is so late.</summary>
    /// <returns>When that was.</returns>
    public TimeSpan Go(TimeSpan until)
    {
        while (!run.Core.IsOver && run.Now < until)
        {
            foreach (var worker in workers.Except(_workers)
                .Where(worker => Arrivals.GetValueOrDefault(worker) <= run.Now).ToList())
            {
                worker.Join(run);
                _workers.Add(worker);
            }

            foreach (var worker in _workers)
                worker.Go(run, Tick);
            NaiveQueues.Check(run.Core.State, run.Ledger);
            run.Wait(Tick);
        }

        return run.Now;
    }
}
