using FineWebTorch.Coordinator.Running;
using FineWebTorch.Protos.V1;
using Google.Protobuf;
using static FineWebTorch.Protos.V1.LeaseEnded.Types;

namespace FineWebTorch.Coordinator.Tests.Running;

/// <summary>A worker that keeps to the protocol, and that a simulation drives step by step.</summary>
internal sealed class SimulatedWorker(string id)
{
    private readonly
        Dictionary<ulong, (ScoreLease Lease, uint End, HashSet<(int Window, uint Row)> Done)> _scoring = [];
    private readonly Dictionary<ulong, BuildLease> _building = [];
    private FakeSession? _session;
    private int _read;
    private bool _asked;

    public bool IsConnected => _session is { IsClosed: false };

    public bool IsOver { get; private set; }

    /// <summary>Windows by file that it holds and has heard nothing to the contrary of.</summary>
    public IEnumerable<(uint File, uint Window)> Held => _scoring.Values.SelectMany(
        held => Enumerable.Range(0, (int)held.End).Select(window => (held.Lease.File.Index, (uint)window))
            .Where(place => place.Item2 >= held.Lease.FirstWindow));

    public void Connect(CoreHarness run)
    {
        _session = run.Join(id, hello => hello.HeldLeases.Add(_scoring.Keys.Concat(_building.Keys)));
        _read = 0;
        _asked = false;
        Listen();
    }

    public void Disconnect(CoreHarness run)
    {
        run.Step(new RunCommand.SessionEnded(_session!));
        _session = null;
    }

    /// <summary>The process is gone; the next one knows nothing.</summary>
    public void Forget()
    {
        _scoring.Clear();
        _building.Clear();
        _session = null;
    }

    /// <summary>Does the next thing there is to do; <paramref name="choice"/> says how much of it.</summary>
    public void Work(CoreHarness run, int choice)
    {
        Listen();
        if (!IsConnected)
            return;
        if (!_asked && (_scoring.Count == 0 || choice % 3 == 0))
        {
            _asked = true;
            run.Request(_session!);
        }
        else if (_building.Count > 0)
            Build(run, _building.Values.First());
        else if (_scoring.Count > 0)
            Score(run, _scoring.Keys.First(), choice);
        else
            run.Say(_session!, new WorkerMessage { Heartbeat = new Heartbeat() });
        Listen();
    }

    /// <summary>Says that it is here, and nothing else.</summary>
    public void Beat(CoreHarness run)
    {
        run.Say(_session!, new WorkerMessage { Heartbeat = new Heartbeat() });
        Listen();
    }

    public void Fail(CoreHarness run)
    {
        Listen();
        if (!IsConnected || _scoring.Count == 0)
            return;
        var fence = _scoring.Keys.First();
        _scoring.Remove(fence);
        run.End(_session!, fence, Outcome.Failed, "a simulated failure");
        Listen();
    }

    /// <summary>What a worker that has missed the revocation of its lease would do.</summary>
    public void SpeakUnderStaleFences(CoreHarness run)
    {
        for (var fence = 1UL; IsConnected && fence <= run.LastFence; fence++)
        {
            if (!run.Core.State.Leases.TryGetValue(fence, out var lease) || lease.WorkerId != id)
                run.Say(_session!, CoreHarness.Report(fence, 0, [0], [99f]));
        }

        Listen();
    }

    private void Score(CoreHarness run, ulong fence, int choice)
    {
        var (lease, end, done) = _scoring[fence];
        // Whoever vanishes from now on may have been ended by a document.
        var opened = CoreHarness.Opened(lease, lease.File.Rows);
        opened.FileOpened.Sha256 = CoreHarness.Digest;
        run.Say(_session!, opened);
        Listen();
        if (_session is null || !_scoring.ContainsKey(fence))
            return;
        var left = Rows(lease, end).Where(place => !done.Contains(place)).ToList();
        if (left.Count == 0)
        {
            _scoring.Remove(fence);
            run.End(_session!, fence, Outcome.Completed);
            return;
        }

        var window = left[0].Window;
        var rows = left.Where(place => place.Window == window).Select(place => place.Row).Take(1 + (choice % 3))
            .ToArray();
        var session = _session!;
        var acknowledged = session.Acknowledged;
        run.Score(session, fence, (int)lease.File.Index, window, Runs.Score, rows);
        // What is not acknowledged is sent again: the coordinator may have died meanwhile.
        if (session.Acknowledged > acknowledged)
            done.UnionWith(rows.Select(row => (window, row)));
        run.Say(_session!, new WorkerMessage
        {
            Heartbeat = new Heartbeat
            {
                Leases = { new LeaseProgress { Fence = fence, ReadingWindow = (uint)window } },
            },
        });
    }

    private void Build(CoreHarness run, BuildLease lease)
    {
        _building.Remove(lease.Fence);
        var scores = run.Ledger.ReadScores((int)lease.File.Index).SelectMany(window => window.Scores);
        Assert.Equal(Runs.Scores((int)lease.File.Index, (long)lease.File.Rows), scores);
        run.Deliver(lease);
    }

    public void Listen()
    {
        while (_session is not null && _read < _session.Received.Count)
            Hear(_session.Received[_read++]);
        if (_session is { IsClosed: true })
            _session = null;
    }

    private void Hear(CoordinatorMessage message)
    {
        if (message.Welcome is { } welcome)
            Drop(fence => !welcome.KeptLeases.Contains(fence));
        if (message.ScoreLease is { } score)
            (_asked, _scoring[score.Fence]) = (false, (score, score.EndWindow, Stored(score)));
        if (message.BuildLease is { } build)
            (_asked, _building[build.Fence]) = (false, build);
        if (message.LeaseRevoked is { } revoked)
            Drop(fence => fence == revoked.Fence);
        if (message.LeaseShrunk is { } shrunk && _scoring.TryGetValue(shrunk.Fence, out var held))
            _scoring[shrunk.Fence] = held with { End = shrunk.EndWindow };
        IsOver |= message.RunOver is not null;
    }

    private void Drop(Func<ulong, bool> which)
    {
        foreach (var fence in _scoring.Keys.Concat(_building.Keys).Where(which).ToList())
        {
            _scoring.Remove(fence);
            _building.Remove(fence);
        }
    }

    private static HashSet<(int Window, uint Row)> Stored(ScoreLease lease)
    {
        var stored = Rows(lease, lease.EndWindow)
            .Where(place => lease.CompleteWindows.Contains((uint)place.Window)).ToHashSet();
        foreach (var partial in lease.PartialWindows)
            stored.UnionWith(Rows(lease, lease.EndWindow).Where(place => place.Window == partial.Window &&
                (partial.StoredRows[(int)place.Row / 8] >> ((int)place.Row % 8) & 1) == 1));
        return stored;
    }

    private static bool IsIn(ByteString bits, int row) =>
        row / 8 < bits.Length && (bits[row / 8] >> (row % 8) & 1) == 1;

    private static IEnumerable<(int Window, uint Row)> Rows(ScoreLease lease, uint end) =>
        from row in Enumerable.Range(0, (int)lease.File.Rows)
        let window = row / Runs.WindowRows
        where window >= lease.FirstWindow && window < end
        where lease.Probe.IsEmpty || IsIn(lease.Probe, row % Runs.WindowRows)
        select (window, (uint)(row % Runs.WindowRows));
}
