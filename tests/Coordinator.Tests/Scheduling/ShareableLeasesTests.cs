using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Scheduling;

namespace FineWebTorch.Coordinator.Tests.Scheduling;

/// <summary>Which lease is looked at first, and when again.</summary>
public sealed class ShareableLeasesTests
{
    private readonly ShareableLeases _leases = new();
    private readonly RunLease _one = Lease(1), _two = Lease(2), _three = Lease(3);

    [Fact]
    public void First_IsTheOneThatWouldEndLast()
    {
        _leases.Update(_one, untouched: 10, rate: 5);
        _leases.Update(_two, untouched: 9, rate: 1);
        Assert.Same(_two, _leases.First);

        _leases.Update(_three, untouched: 1, rate: 0);
        Assert.Equal([_three, _two, _one], _leases.Ready);
        _leases.Update(_three, untouched: 0, rate: 0);
        _leases.Update(_two, untouched: 2, rate: 1);

        Assert.Equal([_one, _two], _leases.Ready);
    }

    [Fact]
    public void Deferred_IsOutOfTheWayUntilItsTime()
    {
        _leases.Update(_one, 10, 1);
        _leases.Update(_two, 5, 1);
        _leases.Defer(_one, TimeSpan.FromSeconds(2));
        Assert.Same(_two, _leases.First);
        _leases.Update(_one, 9, 1);
        Assert.Same(_two, _leases.First);

        _leases.Advance(TimeSpan.FromSeconds(1.9));
        Assert.Same(_two, _leases.First);
        Assert.Equal(TimeSpan.FromSeconds(2), _leases.Deferred[_one]);
        _leases.Advance(TimeSpan.FromSeconds(2));

        Assert.Same(_one, _leases.First);
        Assert.Empty(_leases.Deferred);
    }

    [Fact]
    public void Deferred_TakesMuchLongerThanItWasThought_ComesBackAtOnce()
    {
        _leases.Update(_one, 10, 1);
        _leases.Defer(_one, TimeSpan.FromSeconds(2));

        _leases.Update(_one, 20, 1);
        Assert.Null(_leases.First);
        _leases.Update(_one, 41, 1);

        Assert.Same(_one, _leases.First);
        _leases.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal([_one], _leases.Ready);
    }

    [Fact]
    public void Deferred_OnceMore_WaitsForTheLaterTime()
    {
        _leases.Update(_one, 10, 1);
        _leases.Defer(_one, TimeSpan.FromSeconds(1));
        _leases.Advance(TimeSpan.FromSeconds(1));
        _leases.Defer(_one, TimeSpan.FromSeconds(3));

        _leases.Advance(TimeSpan.FromSeconds(2));
        Assert.Null(_leases.First);
        _leases.Update(_one, 0, 1);
        _leases.Advance(TimeSpan.FromSeconds(3));

        Assert.Null(_leases.First);
    }

    [Fact]
    public void Deadlines_ThatMoveOn_AreAskedForWhenTheOldOneHasCome()
    {
        var queue = new DeadlineQueue<string>();
        var deadlines = new Dictionary<string, TimeSpan>
        {
            ["a"] = TimeSpan.FromSeconds(5),
            ["b"] = TimeSpan.FromSeconds(3),
        };
        queue.Add("a", TimeSpan.FromSeconds(1));
        queue.Add("b", TimeSpan.FromSeconds(2));
        queue.Add("gone", TimeSpan.Zero);

        Assert.Null(Find(2.9));
        Assert.Equal("b", Find(3));
        Assert.Equal("b", Find(4));
        deadlines["b"] = TimeSpan.FromSeconds(9);
        Assert.Null(Find(4));
        Assert.Equal("a", Find(5));
        deadlines.Remove("a");
        Assert.Null(Find(5));
        Assert.Equal("b", Find(9));

        string? Find(double now) => queue.Find(
            TimeSpan.FromSeconds(now), item => deadlines.TryGetValue(item, out var at) ? at : null, out var found)
            ? found
            : null;
    }

    private static RunLease Lease(ulong fence) => new(fence, LeaseKind.Score, 0, new WindowRange(0, 4), "w");
}
