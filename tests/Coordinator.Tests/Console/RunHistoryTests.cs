using FineWebTorch.Coordinator.Console;
using FineWebTorch.Coordinator.Running;

namespace FineWebTorch.Coordinator.Tests.Console;

public sealed class RunHistoryTests
{
    private readonly RunHistory _history = new();

    [Fact]
    public void History_OfALongRun_HasFewPointsAndTheSameMean()
    {
        const int seconds = 100_000;
        for (var second = 0; second < seconds; second++)
            Add(second, rate: second % 2 == 0 ? 10 : 30);

        var view = _history.View();

        var documents = view.Series["documents"];
        Assert.InRange(documents.Count, RunHistory.MostPoints / 2, RunHistory.MostPoints);
        Assert.Equal(256, view.Step);
        Assert.InRange(documents.Count * view.Step, seconds - view.Step, seconds);
        Assert.All(documents, rate => Assert.Equal(20, rate!.Value, 0.1));
        Assert.All(view.Series["deviceUse"], Assert.Null);
    }

    [Fact]
    public void History_OfAMachineThatSlept_HasAGap()
    {
        Add(0, 10);
        Add(1, 10);
        Add(5, 20);
        Add(6, 20);

        Assert.Equal([10, 10, null, null, null, 20], _history.View().Series["documents"]);
    }

    [Fact]
    public void Past_ShortGapsAreFilled_LongOnesAreNot()
    {
        Add(0, 10);
        Add(3, 20);
        Add(9, 30);
        Add(10, 30);

        Assert.Equal([10, 10, 10, 20, null, null, null, null, null, 30], _history.Past().Documents);
    }

    [Fact]
    public void Past_OfALongRun_IsNoLongerThanALineOfATerminal()
    {
        for (var second = 0; second < 10_000; second++)
            Add(second, rate: 10);

        Assert.Equal(Enumerable.Repeat<double?>(10, 200), _history.Past().Documents);
    }

    [Fact]
    public void History_OfNothing_IsEmpty()
    {
        var view = _history.View();

        Assert.Null(view.Start);
        Assert.All(view.Series.Values, Assert.Empty);
    }

    private void Add(int second, double rate) => _history.Add(
        new RunProgress(
            new RunSnapshot(TimeSpan.FromSeconds(second), 1, 0, 0, 1, 0, 0, 0, 0, [], 0, 0),
            new RunRates(rate, 0, null, new Dictionary<string, double>())),
        DateTimeOffset.UnixEpoch.AddSeconds(second));
}
