using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Scheduling;

namespace FineWebTorch.Coordinator.Tests.Running;

public sealed class WindowSetTests
{
    /// <summary>Around the ends of words, which hold 64 windows each.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(130)]
    public void Windows_AnyOfThem_AreThoseThatWereAdded(int windows)
    {
        var (set, added) = (new WindowSet(windows), new HashSet<int>());
        for (var window = windows - 1; window >= 0; window -= window % 5 == 0 ? 1 : 3)
        {
            Assert.True(set.Add(window));
            Assert.False(set.Add(window));
            added.Add(window);
        }

        Assert.Equal(added.Count, set.Count);
        Assert.All(Enumerable.Range(0, windows), window => Assert.Equal(added.Contains(window), set.Contains(window)));
        foreach (var first in Enumerable.Range(0, windows))
            for (var end = first; end <= windows; end++)
                Assert.Equal(
                    added.Count(window => window >= first && window < end), set.CountIn(new WindowRange(first, end)));
    }
}
