using FineWebTorch.Protos.V1;
using Stage = FineWebTorch.Protos.V1.LeaseProgress.Types.Stage;

namespace FineWebTorch.Coordinator.Tests.Scheduling;

/// <summary>What must always hold of leases, and who has been silent for too long (30 s; a lease: 60 s).</summary>
public sealed class RunStateTests
{
    private readonly SchedulingBench _bench = new((40, 100), (40, 100));

    [Theory]
    [InlineData(29.9, false)]
    [InlineData(30, true)]
    public void Silent_ForTheTimeout_IsFound(double heard, bool isSilent)
    {
        _bench.Worker("a");
        _bench.Now = 100;
        _bench.State.HeardUntil = TimeSpan.FromSeconds(heard);

        Assert.Equal(isSilent ? "a" : null, _bench.State.FindSilent()?.Id);
    }

    [Fact]
    public void Silent_OneThatWasHeard_OrHasLeft_IsNot()
    {
        var (heard, gone) = (_bench.Worker("a"), _bench.Worker("b"));
        heard.LastHeard = TimeSpan.FromSeconds(10);
        _bench.State.Leave(gone);
        _bench.State.HeardUntil = TimeSpan.FromSeconds(39);
        Assert.Null(_bench.State.FindSilent());

        _bench.State.HeardUntil = TimeSpan.FromSeconds(40);

        Assert.Same(heard, _bench.State.FindSilent());
    }

    /// <summary>The first step may take three times as long.</summary>
    [Theory]
    [InlineData(179.9, false)]
    [InlineData(180, true)]
    public void Stalled_NothingWasDone_IsFound(double heard, bool isStalled)
    {
        var lease = _bench.Score(_bench.Worker("a"), 0, 10);
        _bench.State.HeardUntil = TimeSpan.FromSeconds(heard);

        Assert.Equal(isStalled ? lease : null, _bench.State.FindStalled());
    }

    [Fact]
    public void Stalled_WhoIsAway_IsNot()
    {
        var worker = _bench.Worker("a");
        _bench.Score(worker, 0, 10);
        worker.Disconnect();
        _bench.Now = 500;
        _bench.State.HeardUntil = _bench.State.Now;

        Assert.Null(_bench.State.FindStalled());
    }

    [Fact]
    public void Lease_OnTheSameWindows_IsTheTwinOfAnother()
    {
        var first = _bench.Score(_bench.Worker("a"), 0, 10);
        var second = _bench.Score(_bench.Worker("b"), 4, 10);
        Assert.Equal((second, first), (first.Twin, second.Twin));
        Assert.Equal(0, _bench.File.UnleasedWindows);

        _bench.State.Remove(first);

        Assert.Equal((null, null), (first.Twin, second.Twin));
        Assert.Equal(4, _bench.File.UnleasedWindows);
    }

    [Fact]
    public void Lease_AThirdOnTheSameWindows_IsABug()
    {
        _bench.Score(_bench.Worker("a"), 0, 10);
        _bench.Score(_bench.Worker("b"), 4, 10);

        Refused(() => _bench.Score(_bench.Worker("c"), 0, 3));
        Refused(() => _bench.Score(_bench.Worker("c"), 0, 10));
    }

    [Fact]
    public void Lease_OfTheSameWorkerOrAnotherKind_IsNoTwin()
    {
        var worker = _bench.Worker("a");
        _bench.Score(worker, 0, 10);

        Refused(() => _bench.Score(worker, 9, 10));
        Refused(() => _bench.Build(_bench.Worker("b")));
    }

    [Fact]
    public void Removed_IsNotSharedAnyMore()
    {
        var lease = _bench.Score(_bench.Worker("a", rows: 4), 0, 10);
        Assert.Same(lease, _bench.State.Shareable.First);

        _bench.State.Remove(lease);

        Assert.Null(_bench.State.Shareable.First);
        Assert.Empty(_bench.State.Leases);
    }

    [Fact]
    public void Workers_AreCountedByWhatTheyMayDo()
    {
        var (a, b) = (_bench.Worker("a"), _bench.Worker("b"));
        Assert.Equal((2, 2), (_bench.State.ConnectedWorkers, _bench.State.AbleWorkers.Count));

        a.SetQuarantine("its device has failed");
        b.Disconnect();

        Assert.Equal((1, 0), (_bench.State.ConnectedWorkers, _bench.State.AbleWorkers.Count));
        Assert.Same(a, _bench.State.Enter("a", default));
    }

    /// <summary>What had come is not counted twice: only more of it is news of the fetching.</summary>
    [Fact]
    public void Fetched_NoMoreThanBefore_KeepsItsTime()
    {
        var lease = _bench.Score(_bench.Worker("a"), 0, 10);
        bool Tell(ulong steps, ulong bytes, double at) => lease.Note(
            new LeaseProgress { Steps = steps, Stage = Stage.Fetching, FetchedBytes = bytes }, TimeSpan.FromSeconds(at));

        Assert.True(Tell(steps: 1, bytes: 50, at: 2));
        Assert.True(lease.IsFirstStep);
        Assert.True(Tell(steps: 2, bytes: 50, at: 3));
        Assert.False(Tell(steps: 2, bytes: 60, at: 4));

        Assert.Equal((2, 3), (lease.FetchedAt!.Value.TotalSeconds, lease.ProgressAt.TotalSeconds));
        Assert.Equal((50ul, false), (lease.FetchedBytes, lease.IsFirstStep));
    }

    private static void Refused(Action give) => Assert.Contains(
        "would overlap others", Assert.Throws<InvalidOperationException>(give).Message, StringComparison.Ordinal);
}
