using FineWebTorch.Common;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Scheduling;
using FineWebTorch.Protos.V1;

namespace FineWebTorch.Coordinator.Tests.Scheduling;

/// <summary>Files in windows of four rows, workers and leases, without a run: for what is decided by numbers.</summary>
internal sealed class SchedulingBench
{
    private ulong _lastFence;
    private long _requests;

    public SchedulingBench(params (long Rows, long Bytes)[] files)
    {
        State = new RunState(
            [.. files.Select((file, index) => new RunFile(
                Runs.File(index, file.Rows) with { Size = file.Bytes }, file.Rows,
                (int)((file.Rows + Runs.WindowRows - 1) / Runs.WindowRows)))],
            FinishedFiles.None, new SchedulingOptions(TimeSpan.FromSeconds(30)));
        State.Files.Begin();
    }

    public RunState State { get; }

    public RunFile File => State.Files[0];

    public double Now
    {
        get => State.Now.TotalSeconds;
        set => State.Advance(TimeSpan.FromSeconds(value));
    }

    /// <summary>One that is in session.</summary>
    /// <param name="rows">That it scores in a second, of which one batch was seen; 0: nothing was seen.</param>
    /// <param name="bytes">That it fetches in a second, of which a thousand seconds were seen; 0: nothing was.</param>
    public RunWorker Worker(string id, double rows = 0, double bytes = 0)
    {
        var worker = State.Enter(id, State.Now);
        if (rows > 0)
            worker.Paces.Scoring.Note(rows, 1);
        if (bytes > 0)
            worker.Paces.Fetching.Note(1000 * bytes, 1000);
        worker.Connect(new Secret($"session of {id}"), State.Now);
        return worker;
    }

    /// <summary>The same, and it asks for work.</summary>
    public RunWorker Idle(string id, double rows = 0, double bytes = 0)
    {
        var worker = Worker(id, rows, bytes);
        worker.Request(++_requests);
        return worker;
    }

    public RunLease Score(RunWorker worker, int first, int end, int file = 0) =>
        Give(worker, LeaseKind.Score, file, new WindowRange(first, end));

    public RunLease Build(RunWorker worker, int file = 0) => Give(worker, LeaseKind.Build, file, new WindowRange(0, 0));

    public void Open(RunWorker worker, RunLease lease) =>
        worker.NoteOpened(lease, State.Files[lease.File].Record, State.Now);

    public void Fetched(RunLease lease, ulong bytes) => lease.Note(
        new LeaseProgress
        {
            Fence = lease.Fence,
            Stage = LeaseProgress.Types.Stage.Fetching,
            Steps = bytes,
            FetchedBytes = bytes,
        },
        State.Now);

    private RunLease Give(RunWorker worker, LeaseKind kind, int file, WindowRange windows)
    {
        var lease = new RunLease(++_lastFence, kind, file, windows, worker.Id);
        lease.Begin(State.Now);
        State.Add(lease);
        return lease;
    }
}
