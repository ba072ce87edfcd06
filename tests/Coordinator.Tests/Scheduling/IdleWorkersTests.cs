using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Scheduling;

namespace FineWebTorch.Coordinator.Tests.Scheduling;

/// <summary>Who is asked first of those that wait.</summary>
public sealed class IdleWorkersTests
{
    private readonly SchedulingBench _bench = new((400, 1000), (400, 1000));

    [Fact]
    public void Idle_WhoWouldHaveAUsualFileFirst_ComesFirst()
    {
        _bench.Idle("unknown");
        _bench.Idle("slow", rows: 2); // A million rows in 500,000 s
        _bench.Idle("fast", rows: 8);
        _bench.Idle("far", rows: 8, bytes: 2000); // A gigabyte in 500,000 s, and scoring

        Assert.Equal(["fast", "slow", "far", "unknown"], Names());
    }

    [Fact]
    public void Idle_EquallyFast_WhoWaitsLongestComesFirst()
    {
        _bench.Idle("b", rows: 4);
        _bench.Idle("a", rows: 4);

        Assert.Equal(["b", "a"], Names());
    }

    [Fact]
    public void Idle_ManyWithACopyAndWithout_EightOfEachAreAsked()
    {
        for (var i = 0; i < 10; i++)
            _bench.Idle($"without {i}", rows: 100);
        for (var i = 0; i < 10; i++)
            Copy(_bench.Idle($"with {i}", rows: 1));

        var names = Names();

        Assert.Equal(16, names.Length);
        Assert.All(names[..8], name => Assert.StartsWith("with ", name, StringComparison.Ordinal));
        Assert.All(names[8..], name => Assert.StartsWith("without ", name, StringComparison.Ordinal));
        Assert.Equal(10, _bench.State.Idle.WithCopy(0).Count());
    }

    [Fact]
    public void Idle_WhoScores_IsNot_AndWhoBuildsIs()
    {
        var (scores, builds) = (_bench.Idle("scores", rows: 4), _bench.Idle("builds", rows: 4));
        Copy(scores);
        Assert.Equal(2, _bench.State.Idle.Count);

        var lease = _bench.Score(scores, 0, 10);
        _bench.Build(builds, file: 1);
        Assert.Equal(["builds"], Names());
        Assert.Empty(_bench.State.Idle.WithCopy(0));

        _bench.State.Remove(lease);
        Assert.Equal(["scores", "builds"], Names());
        scores.Answer();
        Assert.Equal(["builds"], Names());
    }

    /// <summary>Who holds nothing to score, then who holds less, then who waits longest.</summary>
    [Fact]
    public void Waiting_AreServedByWhatTheyHold()
    {
        var (scores, builds) = (_bench.Idle("scores"), _bench.Idle("builds"));
        _bench.Idle("second");
        _bench.Idle("third");
        _bench.Score(scores, 0, 10);
        _bench.Build(builds, file: 1);

        Assert.Equal(["second", "third", "builds", "scores"], Waiting());
        scores.SetQuarantine("its device has failed");
        _bench.State.Workers["second"].Disconnect();
        Assert.Equal(["third", "builds"], Waiting());
        Assert.Equal(2, _bench.State.Waiting.Count);
    }

    private void Copy(RunWorker worker) =>
        _bench.Open(worker, new RunLease(99, LeaseKind.Score, 0, new WindowRange(0, 1), worker.Id));

    private string[] Names() => [.. _bench.State.Idle.For(_bench.State, _bench.File).Select(worker => worker.Id)];

    private IEnumerable<string> Waiting() => _bench.State.Waiting.Select(worker => worker.Id);
}
