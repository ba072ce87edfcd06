using FineWebTorch.Common;
using FineWebTorch.Protos.V1;
using FineWebTorch.Worker.Pipeline;
using FineWebTorch.Worker.Session;
using FineWebTorch.Worker.Tests.Fakes;
using static FineWebTorch.Worker.Tests.Session.WorkerAgentTests;
using Kind = FineWebTorch.Protos.V1.WorkerMessage.MessageOneofCase;

namespace FineWebTorch.Worker.Tests.Session;

/// <summary>Scores on their way into a message: each batch is in one of them.</summary>
public sealed class ScoreCollectorTests
{
    private const int Most = 65_536;
    private const string Run = "the run";
    private readonly ScoreCollector _collector = new();

    [Theory]
    [InlineData(Most - 1, false)]
    [InlineData(Most, true)]
    [InlineData(Most + 1, true)]
    public void Report_OfSoManyRows_IsFull(int rows, bool isFull)
    {
        Assert.Null(_collector.Add(7, Run, Batch(0, rows - 5)));

        var report = _collector.Add(7, Run, Batch(1, 5));

        Assert.Equal(isFull, report is not null);
        Assert.Equal([0U, 1U], (report ?? _collector.Take(7))!.Batches.Select(batch => batch.Window));
        Assert.Null(_collector.Take(7));
    }

    [Fact]
    public void Report_AfterAFullOne_BeginsAnew()
    {
        Assert.NotNull(_collector.Add(7, Run, Batch(0, Most)));

        Assert.Null(_collector.Add(7, Run, Batch(1, Most - 1)));
        Assert.Equal(1U, Assert.Single(_collector.Take(7)!.Batches).Window);
        Assert.Null(_collector.Add(7, Run, Batch(2, Most - 1)));
    }

    [Fact]
    public void Leases_HaveReportsOfTheirOwn()
    {
        _collector.Add(8, Run, Batch(0, Most - 1));
        Assert.Null(_collector.Add(7, Run, Batch(1, Most - 1)));
        _collector.Add(8, Run, Batch(2, 0));

        Assert.Equal([7UL, 8UL], _collector.TakeAll().Select(report => report.Fence));
        Assert.Empty(_collector.TakeAll());
    }

    [Fact]
    public void Batch_IsSaidAsItIs()
    {
        _collector.Add(7, Run, new BatchScores(3, [5, 1], [1.5f, -2], [30, 10], "fake"));

        var batch = Assert.Single(_collector.Take(7)!.Batches);

        Assert.Equal((3U, "fake"), (batch.Window, batch.NumericClass));
        Assert.Equal([5U, 1U], batch.Rows);
        Assert.Equal([30U, 10U], batch.TokenCounts);
        Assert.Equal([1.5f, -2], LittleEndian.ToFloats(batch.Scores.Span));
    }

    /// <summary>While nobody moves the clock, only a full report is sent.</summary>
    [Fact]
    public async Task Batch_OfManyRows_IsSentBeforeItsTime()
    {
        var texts = PipelineBench.Texts(Most + 100);
        await using var bench = await SessionBench.StartAsync();
        var run = bench.Run();
        (run.WindowRows, run.TokenBudget) = (100_000, 1_000_000);
        var (session, _) = await bench.Drive(bench.Coordinator.GreetedAsync());
        await session.SendAsync(bench.Welcome(run: run));
        await session.ExpectAsync(Kind.WorkRequest);
        await session.SendAsync(SessionBench.Lease(7, bench.Input("in", texts)));

        var messages = new List<WorkerMessage>();
        do
            messages.Add(await session.NextAsync());
        while (messages[^1].LeaseEnded is null);

        Assert.Single(messages, message => message.Scores is not null);
        Assert.Equal(PipelineBench.Expected(texts), ScoresOf(messages));
    }

    private static BatchScores Batch(int window, int rows) =>
        new(window, [.. Enumerable.Range(0, rows)], new float[rows], new int[rows], "fake");
}
